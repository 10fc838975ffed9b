import SessionProtocol

/// Each acknowledged message is held by every member of the recipient's swarm until its time is over: the same bytes, under the
/// time it was sent with, to be forgotten when it was sent to be. A member that has it from another try than the one that was
/// acknowledged has that one's times.
/// Members are those of the last assignment; nobody is asked for what it held before it left. What a member of another
/// kind could not be handed is noted.
public struct EveryMemberHoldsEveryMessage: Check {
    public let name = "everyMemberHoldsEveryMessage"

    public init() {}

    public func examine(_ history: History) -> Finding {
        guard !history.sent.isEmpty else { return Finding(inconclusive: noMessages) }
        guard let ownership = SwarmOwnership(history) else { return Finding(inconclusive: noSwarms) }
        var finding = Finding()
        for message in history.sent { examine(message, history, ownership, into: &finding) }
        for (node, hashes) in history.withheld.sorted(by: { $0.key < $1.key }) {
            finding.note(
                "\(history.name(of: node)) could not be handed \(hashes.count) records in any sound way: "
                    + "its version reads no namespaces")
        }
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
            if history.withheld[member]?.contains(message.copy.identity.hash) == true { continue }
            let name = history.name(of: member)
            guard let flaw = flaw(of: message, in: inventory) else { continue }
            if inventory.position < message.position {
                finding.doubt("\(name) gave its inventory before message \(message.number) was acknowledged")
                continue
            }
            if flaw == Self.lacks, let trouble = history.diskTrouble(at: inventory.position, of: name) {
                finding.doubt("\(name) could not write to its disk: \(trouble.reason)")
                continue
            }
            finding.violations.append(
                Violation(
                    "\(name) \(flaw) message \(message.number) (\(message.copy.identity.hash)) to \(history.name(of: account))"
                        + promise(of: member, message, history),
                    message: message.number, account: account, node: name))
        }
    }

    private static let lacks = "does not hold"

    private func flaw(of message: SentMessage, in inventory: Inventory) -> String? {
        let records = inventory.records(of: message.copy.identity)
        if records.isEmpty { return Self.lacks }
        for record in records {
            if record.copy.digest != message.copy.digest { return "holds other bytes for" }
            if let timestamp = record.timestamp, !message.timestamps.isEmpty, !message.timestamps.contains(timestamp) {
                return "holds with timestamp \(timestamp), and not \(Self.text(of: message.timestamps)),"
            }
            if let expiry = record.expiry, let expiries = message.expiries, !expiries.contains(expiry) {
                return "holds with expiry \(expiry), and not \(Self.text(of: expiries)),"
            }
        }
        return nil
    }

    private static func text(of times: [Int64]) -> String { times.map(String.init).joined(separator: " or ") }

    /// What the member said of the message when it was stored.
    private func promise(of member: LegacyPublicKey, _ message: SentMessage, _ history: History) -> String {
        guard let node = history.facts(of: member) else { return "" }
        if message.acknowledged.contains(node.ed25519) { return ", which it had acknowledged" }
        return message.failed.contains(node.ed25519) ? ", which it had failed to store" : ""
    }
}

extension SentMessage {
    /// When a member that has it may forget it; `nil` when the log does not tell.
    fileprivate var expiries: [Int64]? {
        guard let timeToLive, !timestamps.isEmpty else { return expires.map { [$0] } }
        return timestamps.map { $0 + timeToLive }
    }
}
