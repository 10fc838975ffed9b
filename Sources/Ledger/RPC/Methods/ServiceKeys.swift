import SessionCrypto
import SessionProtocol

extension RPCMethod {
    /// `get_service_keys` (ledger §6.8): the public keys of the asker's own node; empty for anyone else, because this
    /// daemon is no service node itself. There are no BLS keys under these rules.
    static let serviceKeys = RPCMethod("get_service_keys") { (daemon, call) throws(RPCError) in
        let keys = daemon.node(of: call.caller)?.keys
        return Answer([
            "service_node_pubkey": .string(keys?.legacy.publicKey.hex ?? ""),
            "service_node_ed25519_pubkey": .string(keys?.ed25519.publicKey.hex ?? ""),
            "service_node_x25519_pubkey": .string(keys?.x25519.publicKey.hex ?? ""),
            "service_node_bls_pubkey": "",
            "is_service_node": .bool(keys != nil),
            "status": "OK",
        ])
    }
}
