import SessionProtocol

extension RPCMethod {
    /// `get_service_nodes_state_changes` (ledger §6.8): how often what happened to nodes from one height to another,
    /// both included.
    static let stateChanges = RPCMethod("get_service_nodes_state_changes") { (daemon, call) throws(RPCError) in
        let view = daemon.view(for: call.caller)
        let range = try HeightRange(try call.params(), top: view.topHeight)
        var totals = [
            "total_deregister": 0, "total_decommission": 0, "total_recommission": 0, "total_ip_change_penalty": 0,
            "total_unlock": 0,
        ]
        for block in view.chain.blocks[range.indices] {
            for name in block.events.compactMap(\.counter) { totals[name, default: 0] += 1 }
        }
        var reply = totals.mapValues { JSON.int($0) }
        reply["start_height"] = .uint(range.start)
        reply["end_height"] = .uint(range.end)
        reply["status"] = "OK"
        return Answer(.object(reply))
    }
}

extension LedgerEvent {
    /// What the reply counts it as.
    fileprivate var counter: String? {
        switch self {
        case .deregistered: "total_deregister"
        case .decommissioned: "total_decommission"
        case .recommissioned: "total_recommission"
        case .addressPenalised: "total_ip_change_penalty"
        case .unlockRequested: "total_unlock"
        default: nil
        }
    }
}
