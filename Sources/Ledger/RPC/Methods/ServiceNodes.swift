import SessionProtocol

extension RPCMethod {
    /// `get_service_nodes` (ledger §6.2).
    static let serviceNodes = RPCMethod(
        "get_service_nodes", aliases: ["get_n_service_nodes", "get_all_service_nodes"]
    ) { (daemon, call) throws(RPCError) in
        daemon.serviceNodes(try ServiceNodesRequest(params: try call.params()), for: call.caller)
    }
}
