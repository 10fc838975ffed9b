import CSodium

/// libsodium's one-time start, which picks the fastest code for this processor.
enum Sodium {
    private static let started: Bool = sodium_init() >= 0

    /// Must precede every other call into the library.
    static func start() {
        precondition(started, "libsodium cannot start on this machine")
    }
}
