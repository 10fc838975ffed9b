/// How many messages made it how far.
public struct MessageCounts: Sendable, Equatable {
    /// Stores that were tried.
    public var sent: Int
    /// Acknowledged, and read by the recipient as they were sent.
    public var delivered: Int
    /// Acknowledged, and seen byte-identical in the store of every member of the recipient's swarm.
    public var fullyReplicated: Int

    init(_ history: History) {
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
            var finding = Finding()
            EveryMemberHoldsEveryMessage().examine(message, history, ownership, into: &finding)
            return finding.verdict == .holds
        }
    }
}
