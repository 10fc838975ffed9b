import SessionProtocol

/// Encoded replies that hold until the ledger changes: after a block every node asks the same question.
struct ReplyCache: Sendable {
    /// Bounds what unusual questions can make the ledger keep.
    private static let capacity = 64
    private var replies: [Bytes: Bytes] = [:]

    /// - Returns: what was kept for the question, or `make`'s answer, which is kept.
    mutating func reply<Failure: Error>(to question: Bytes, make: () throws(Failure) -> Bytes) throws(Failure) -> Bytes
    {
        if let reply = replies[question] { return reply }
        let reply = try make()
        if replies.count >= Self.capacity { replies = [:] }
        replies[question] = reply
        return reply
    }

    mutating func clear() { replies = [:] }
}
