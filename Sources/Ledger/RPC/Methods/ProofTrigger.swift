import SessionProtocol

extension RPCMethod {
    /// `test_trigger_uptime_proof` (ledger §6.1, §6.8): the node's daemon looks at once whether it can send a proof,
    /// however young the last one is; the network may still refuse it as too early.
    static let proofTrigger = RPCMethod("test_trigger_uptime_proof", access: .ownNode) {
        (daemon, call) throws(RPCError) in
        _ = try daemon.ownNode(of: call)
        daemon.triggerProof(of: call.caller)
        return .accepted
    }
}
