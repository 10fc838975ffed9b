import SessionProtocol

/// What goes back to the previous hop. No hop but the last encrypts it (storage-node §7.3).
struct OnionAnswer: Sendable, Equatable {
    var status: Int
    var body: Bytes
    /// What a relayed-to server sent; only an HTTPS guard can pass headers on.
    var contentType: String?

    init(status: Int, body: Bytes, contentType: String? = nil) {
        self.status = status
        self.body = body
        self.contentType = contentType
    }

    init(_ status: Int, _ text: String) { self.init(status: status, body: Bytes(text.utf8)) }
}
