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
        let cursors = polls[namespace]?.cursors ?? [:]
        var reached: [OnionNode: MessageHash] = [:]
        var reading = MailboxReading()
        var target = RequestTarget.swarm(identity.account)
        for page in 1... {
            let answer = try await call("retrieve", to: target) { now, node in
                retrieveParameters(namespace, after: reading.cursor ?? cursors[node], now)
            }
            let more: Bool
            do {
                more = try reading.take(answer.body)
            } catch {
                throw .badReply(method: "retrieve", node: answer.node.ed25519, problem: error.rawValue)
            }
            if let cursor = reading.cursor { reached[answer.node] = cursor }
            guard more else { break }
            guard page < Self.pageLimit else {
                throw .badReply(method: "retrieve", node: answer.node.ed25519, problem: "pages without end")
            }
            target = .node(answer.node)
        }
        // Another poll may have ended meanwhile: what it returned is not new any more.
        var known = polls[namespace] ?? MailboxPolls()
        known.cursors.merge(reached) { _, latest in latest }
        known.forgetExpired(at: networkTime)
        let new = reading.messages.filter { known.seen.updateValue($0.expiration, forKey: $0.hash) == nil }
        polls[namespace] = known
        return new
    }
}

/// What earlier polls of one namespace left behind.
struct MailboxPolls {
    /// The last message each member told of.
    var cursors: [OnionNode: MessageHash] = [:]
    /// Everything that was returned and may still be on a member, with its expiration in milliseconds since the epoch.
    var seen: [MessageHash: Int64] = [:]

    /// Members keep a message for up to ten seconds beyond its time (storage-node §11), and clocks differ.
    private static let grace: Int64 = 60_000

    mutating func forgetExpired(at now: Int64) { seen = seen.filter { $0.value + Self.grace > now } }
}
