/// The down-time a node is forgiven, in blocks (ledger §2.5).
struct DecommissionCredit: Sendable, Equatable {
    /// What a new node starts with.
    var initial: UInt64
    /// Below this a failing node is not set aside but thrown out.
    var minimum: UInt64
    /// No node saves up more.
    var maximum: UInt64
    /// Blocks of being active that earn one block of credit.
    var blocksPerCreditBlock: UInt64

    /// - Parameters:
    ///   - base: what the node had when it last became active.
    ///   - height: of the chain's top, never of the quorum.
    /// - Returns: may be negative: how long a node has been set aside beyond what it was forgiven.
    func blocks(base: UInt64, activity: ServiceNodeEntry.Activity, at height: UInt64) -> Int64 {
        switch activity {
        case .unfunded: return Int64(min(base, maximum))
        case .active(let since): return Int64(saved(base: base, for: height - min(since, height)))
        case .decommissioned(let activeSince, let since):
            let saved = saved(base: base, for: since - activeSince)
            return Int64(saved) - Int64(height - min(since, height))
        }
    }

    /// What a node keeps when it comes back: two blocks are gone for each that it was away.
    /// - Parameters:
    ///   - height: of the block that takes it back.
    /// - Returns: the new base; 0 for a node that was never set aside.
    func baseAfterRecommission(base: UInt64, activity: ServiceNodeEntry.Activity, at height: UInt64) -> UInt64 {
        guard case .decommissioned(let activeSince, let since) = activity else { return 0 }
        let saved = saved(base: base, for: since - activeSince)
        let price = 2 * (height - min(since, height))
        return saved > price ? saved - price : 0
    }

    private func saved(base: UInt64, for blocks: UInt64) -> UInt64 {
        min(base + blocks / blocksPerCreditBlock, maximum)
    }
}
