import NodeRuntime
import Storage

/// Removes messages whose time is over: at start, then every 10 s (storage-node §11).
struct Expiry: Sendable {
    let environment: NodeEnvironment
    /// Called when far more time went by than a sweep waits: the node was held, and may have missed messages.
    var overslept: @Sendable () -> Void = {}

    static let interval = Duration.seconds(10)

    /// Runs until cancelled. A database that fails now may work later, so a failed sweep is only skipped.
    func run() async throws {
        while true {
            do {
                _ = try await environment.store.removeExpired(at: environment.clock.wallMilliseconds)
            } catch StorageError.closed {
                return
            } catch {
                // The next sweep covers what this one missed; stores report the same failure to clients.
            }
            if try await environment.clock.sleepNoticing(for: Self.interval) { overslept() }
        }
    }
}
