/// How many messages made it how far.
public struct MessageCounts: Sendable, Equatable {
    /// Stores that were tried.
    public var sent: Int
    /// Acknowledged, and read by the recipient as they were sent.
    public var delivered: Int
    /// Acknowledged, and seen byte-identical in the store of every member of the recipient's swarm.
    public var fullyReplicated: Int
    /// Copies, of these messages or others, that servers of another kind were not handed.
    public var withheld: Int

    init(_ history: History) {
        withheld = history.withheld.values.map(\.count).reduce(0, +)
        sent = history.sent.count + history.refused.count
        let mail = ReceivedMail(history)
        delivered = history.sent.count { mail.flaw(in: $0.copy) == nil }
        guard let ownership = SwarmOwnership(history), !history.inventories.isEmpty else {
            fullyReplicated = 0
            return
        }
        // What had expired when members were asked cannot be counted any more.
        let asked = history.inventories.values.map(\.time).max() ?? .max
        fullyReplicated = history.sent.count { message in
            guard message.expires ?? .max > asked else { return false }
            let hash = message.copy.identity.hash
            guard !history.withheld.values.contains(where: { $0.contains(hash) }) else { return false }
            var finding = Finding()
            EveryMemberHoldsEveryMessage().examine(message, history, ownership, into: &finding)
            return finding.verdict == .holds
        }
    }
}
