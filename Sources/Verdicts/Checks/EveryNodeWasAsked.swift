/// Every node that ran or belongs to a swarm told what it holds. A silent node may hide anything, so silence is a doubt,
/// not a violation. A node that left its swarm and had stopped by then has nothing to tell. Somebody else's program
/// gives only what its interface gives to those who hold an account's keys, which is noted.
public struct EveryNodeWasAsked: Check {
    public let name = "everyNodeWasAsked"

    public init() {}

    public func examine(_ history: History) -> Finding {
        var finding = Finding()
        if history.nodes.isEmpty { finding.doubt("no node started") }
        if let run = history.run, history.nodes.count < run.nodes {
            finding.doubt("\(history.nodes.count) of \(run.nodes) nodes started")
        }
        for node in history.everyNode {
            if let gap = history.gap(in: node) {
                finding.doubt(gap)
            } else if history.facts(of: node)?.isExternal == true {
                finding.note(
                    "\(history.name(of: node)) is an external server: only inboxes of scripted clients were read there")
            }
        }
        return finding
    }
}
