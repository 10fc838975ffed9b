/// Every store that was looked into is what its node wrote: nothing in it is broken, and nobody changed, removed or replaced its
/// files behind the node's back. What a node acknowledged and only its memory has is as good as lost.
public struct EveryStoreIsSound: Check {
    public let name = "everyStoreIsSound"

    public init() {}

    public func examine(_ history: History) -> Finding {
        var finding = Finding()
        if history.inventories.isEmpty, history.inventoryFailures.isEmpty { finding.doubt("no node gave an inventory") }
        for node in history.everyNode {
            guard let failure = history.inventoryFailures[node], failure.isDamage else { continue }
            let name = history.name(of: node)
            finding.violations.append(Violation("\(name)'s store is not what it wrote: \(failure.reason)", node: name))
        }
        return finding
    }
}
