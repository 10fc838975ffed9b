import SessionProtocol

/// No member holds a message of its own swarm's accounts that nobody sent. One that was sent and not acknowledged may be
/// there or not. Copies in a swarm that does not own them are ``NoForeignCopies``' business.
public struct EveryCopyWasSent: Check {
    public let name = "everyCopyWasSent"

    public init() {}

    public func examine(_ history: History) -> Finding {
        guard let ownership = SwarmOwnership(history) else { return Finding(inconclusive: noSwarms) }
        guard !history.inventories.isEmpty else { return Finding(inconclusive: "no node gave an inventory") }
        let sent = Set(history.sent.map(\.copy.identity) + history.refused.compactMap(\.copy?.identity))
        // A log of an older version does not say what was refused.
        let unnamed = Set(history.refused.filter { $0.copy == nil }.map(\.account))
        var finding = Finding()
        for node in history.everyNode {
            if let gap = history.gap(in: node) { finding.doubt(gap) }
            guard let inventory = history.inventories[node], let swarm = ownership.swarm(of: node) else { continue }
            for record in inventory.records where !sent.contains(record.copy.identity) {
                let account = record.copy.identity.account
                guard ownership.owner(of: account) == swarm, !unnamed.contains(account) else { continue }
                let name = history.name(of: node)
                finding.violations.append(
                    Violation(
                        "\(name) holds message \(record.copy.identity.hash) of \(account.obscured), which nobody sent",
                        account: account, node: name))
            }
        }
        return finding
    }
}
