import SessionProtocol

extension RPCMethod {
    /// `get_staking_requirement` (ledger §6.8): what a node must lock that is registered in the next block, or in that
    /// of `height`.
    static let stakingRequirement = RPCMethod("get_staking_requirement") { (daemon, call) throws(RPCError) in
        let asked = try call.params().optional("height", \.asUnsigned, "a block height")
        let height = asked ?? daemon.view(for: call.caller).blockCount
        let rules = daemon.chain.genesis.rules
        guard height <= UInt64.max - rules.startHeight else { throw .heightTooBig("height \(height) is too big") }
        return Answer([
            "height": .uint(height), "staking_requirement": .uint(rules.requirement(at: height).atomic),
            "status": "OK",
        ])
    }
}
