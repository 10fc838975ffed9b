import SessionProtocol

/// Each acknowledged message is held byte-identical by every member of the recipient's swarm, until its time is over.
/// Members are those of the last assignment; nobody is asked for what it held before it left.
public struct EveryMemberHoldsEveryMessage: Check {
    public let name = "everyMemberHoldsEveryMessage"

    public init() {}

    public func examine(_ history: History) -> Finding {
        guard !history.sent.isEmpty else { return Finding(inconclusive: noMessages) }
        guard let ownership = SwarmOwnership(history) else { return Finding(inconclusive: noSwarms) }
        var finding = Finding()
        for message in history.sent { examine(message, history, ownership, into: &finding) }
        return finding
    }

    /// Adds what is wrong or unknown about one message's copies; adds nothing when every member holds it.
    func examine(
        _ message: SentMessage, _ history: History, _ ownership: SwarmOwnership, into finding: inout Finding
    ) {
        let account = message.copy.identity.account
        guard let swarm = ownership.owner(of: account), !ownership.members(of: swarm).isEmpty else {
            finding.violations.append(
                Violation(
                    "no node is in the swarm that must hold message \(message.number)", message: message.number,
                    account: account))
            return
        }
        for member in ownership.members(of: swarm) {
            if let gap = history.gap(in: member) {
                finding.doubt(gap)
                continue
            }
            // A gap-free node has an inventory.
            guard let inventory = history.inventories[member] else { continue }
            // Its time was over, so the member was free to forget it.
            if let expires = message.expires, expires <= inventory.time { continue }
            let name = history.name(of: member)
            guard let flaw = flaw(of: message, in: inventory) else { continue }
            if inventory.position < message.position {
                finding.doubt("\(name) gave its inventory before message \(message.number) was acknowledged")
                continue
            }
            finding.violations.append(
                Violation(
                    "\(name) \(flaw) message \(message.number) (\(message.copy.identity.hash)) to \(history.name(of: account))"
                        + promise(of: member, message, history),
                    message: message.number, account: account, node: name))
        }
    }

    private func flaw(of message: SentMessage, in inventory: Inventory) -> String? {
        let digests = inventory.digests(of: message.copy.identity)
        if digests.contains(where: { $0 != message.copy.digest }) { return "holds other bytes for" }
        return digests.isEmpty ? "does not hold" : nil
    }

    /// What the member said of the message when it was stored.
    private func promise(of member: LegacyPublicKey, _ message: SentMessage, _ history: History) -> String {
        guard let node = history.facts(of: member) else { return "" }
        if message.acknowledged.contains(node.ed25519) { return ", which it had acknowledged" }
        return message.failed.contains(node.ed25519) ? ", which it had failed to store" : ""
    }
}
