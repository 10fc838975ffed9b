import SessionProtocol

extension SessionClient {
    /// Asks one member of the client's swarm for what is new, as a running client does again and again (clients.md §7.2).
    ///
    /// Where the last poll of a member ended is remembered for each member, because each has its own order. A member that was
    /// not asked before tells everything, of which only what no poll returned yet is new.
    ///
    /// - Returns: messages that no earlier poll returned, in the order of the node that was read.
    /// - Throws: ``ClientError``. What came before the failure is not lost: the next poll returns it.
    public func poll(namespace: Namespace = .inbox) async throws(ClientError) -> [ReceivedMessage] {
        var known = polls[namespace] ?? MailboxPolls()
        var reading = MailboxReading()
        var target = RequestTarget.swarm(identity.account)
        for page in 1... {
            let cursors = known.cursors
            let answer = try await call("retrieve", to: target) { now, node in
                retrieveParameters(namespace, after: reading.cursor ?? cursors[node], now)
            }
            let more: Bool
            do {
                more = try reading.take(answer.body)
            } catch {
                throw .badReply(method: "retrieve", node: answer.node.ed25519, problem: error.rawValue)
            }
            if let cursor = reading.cursor { known.cursors[answer.node] = cursor }
            guard more else { break }
            guard page < Self.pageLimit else {
                throw .badReply(method: "retrieve", node: answer.node.ed25519, problem: "pages without end")
            }
            target = .node(answer.node)
        }
        let new = reading.messages.filter { known.seen.insert($0.hash).inserted }
        polls[namespace] = known
        return new
    }
}

/// What earlier polls of one namespace left behind.
struct MailboxPolls {
    /// The last message each member told of.
    var cursors: [OnionNode: MessageHash] = [:]
    /// Everything that was returned.
    var seen: Set<MessageHash> = []
}
