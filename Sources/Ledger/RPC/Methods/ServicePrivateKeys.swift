import SessionCrypto
import SessionProtocol

extension RPCMethod {
    /// `get_service_privkeys` (ledger §6.1, storage-node §10.1): all three secrets, for the node's own storage server.
    static let servicePrivateKeys = RPCMethod(
        "get_service_privkeys", aliases: ["get_service_node_privkey"], access: .ownNode
    ) { (daemon, call) throws(RPCError) in
        let keys = try daemon.ownNode(of: call).keys
        return Answer([
            "service_node_privkey": .string(Hex.encode(keys.legacy.scalar)),
            "service_node_ed25519_privkey": .string(Hex.encode(keys.ed25519.secretKey)),
            "service_node_x25519_privkey": .string(Hex.encode(keys.x25519.secretKey)),
        ])
    }
}
