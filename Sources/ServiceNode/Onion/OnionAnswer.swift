import SessionProtocol

/// What goes back to the previous hop. No hop but the last encrypts it (storage-node §7.3).
struct OnionAnswer: Sendable, Equatable {
    var status: Int
    var body: Bytes
    /// Those of a relayed-to server's answer that are passed on; only an HTTPS guard can do so. Each name once,
    /// whatever its case.
    var headers: [String: String]

    init(status: Int, body: Bytes, headers: [String: String] = [:]) {
        self.status = status
        self.body = body
        self.headers = headers
    }

    init(_ status: Int, _ text: String) { self.init(status: status, body: Bytes(text.utf8)) }
}
