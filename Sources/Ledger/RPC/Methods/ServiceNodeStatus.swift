import SessionCrypto
import SessionProtocol

extension RPCMethod {
    /// `get_service_node_status` (ledger §6.8): all that a node's own daemon tells of it. A node that is not registered
    /// learns only where it is; anyone else, that this daemon is no service node.
    static let serviceNodeStatus = RPCMethod("get_service_node_status") { (daemon, call) throws(RPCError) in
        let view = daemon.view(for: call.caller)
        var reply: [String: JSON] = [
            "height": .uint(view.topHeight), "block_hash": .string(view.top.hash.hex), "status": "OK",
        ]
        guard let knowledge = daemon.ownKnowledge(of: call.caller) else {
            reply["status"] = "Not a service node"
            return Answer(.object(reply))
        }
        let (node, rules) = (knowledge.daemon.node, view.chain.genesis.rules)
        guard let entry = view.entry(of: node) else {
            let keys = knowledge.daemon.keys
            reply["status"] = "Not a registered service node"
            reply["service_node_state"] = [
                "service_node_pubkey": .string(node.hex), "public_ip": .string(knowledge.daemon.publicIP.description),
                "storage_port": .uint(UInt64(knowledge.daemon.live?.httpsPort ?? 0)),
                "storage_lmq_port": .uint(UInt64(knowledge.daemon.live?.omqPort ?? 0)),
                "pubkey_ed25519": .string(keys.ed25519.publicKey.hex),
                "pubkey_x25519": .string(keys.x25519.publicKey.hex),
            ]
            return Answer(.object(reply))
        }
        let state = ReportedNode(
            entry, proof: daemon.proofs.byNode[node], live: knowledge.live(of: node),
            tests: knowledge.tests(of: node, rules: rules), topHeight: view.topHeight, rules: rules)
        reply["service_node_state"] = state.json(FieldSelection())
        return Answer(.object(reply))
    }
}
