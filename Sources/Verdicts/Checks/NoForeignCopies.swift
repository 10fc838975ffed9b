import SessionProtocol

/// No node holds a message of an account that its own swarm does not own, by the last assignment. A node in no swarm, be
/// it decommissioned or gone from the list, owns none; one that had stopped when others were asked is left out.
public struct NoForeignCopies: Check {
    public let name = "noForeignCopies"

    public init() {}

    public func examine(_ history: History) -> Finding {
        guard let ownership = SwarmOwnership(history) else { return Finding(inconclusive: noSwarms) }
        guard !history.inventories.isEmpty else { return Finding(inconclusive: "no node gave an inventory") }
        let numbers = Dictionary(
            history.sent.map { ($0.copy.identity, $0.number) }, uniquingKeysWith: { first, _ in first })
        var finding = Finding()
        for node in history.everyNode {
            if let gap = history.gap(in: node) { finding.doubt(gap) }
            if history.facts(of: node)?.isExternal == true {
                finding.note("\(history.name(of: node)) is an external server: nobody can ask what else it holds")
            }
            // Bytes where they must not be need explaining only if they may have been in place when they were counted.
            guard let inventory = history.inventories[node], inventory.position > history.swarmsPosition else {
                continue
            }
            let swarm = ownership.swarm(of: node)
            for copy in inventory.records.map(\.copy) {
                let account = copy.identity.account
                guard let owner = ownership.owner(of: account), owner != swarm else { continue }
                let number = numbers[copy.identity]
                let place = swarm.map { "in swarm \($0)" } ?? "in no swarm"
                let message = number.map { "message \($0)" } ?? "message \(copy.identity.hash)"
                finding.violations.append(
                    Violation(
                        "\(history.name(of: node)), \(place), holds \(message) of \(history.name(of: account)), "
                            + "whose swarm is \(owner)",
                        message: number, account: account, node: history.name(of: node)))
            }
        }
        return finding
    }
}
