import SessionCrypto
import SessionProtocol

/// A node as the ledger's table lists it.
struct ListedNode: Sendable {
    var legacy: String
    var ed25519: String
    var x25519: String
    var ip = "127.1.0.1"
    var httpsPort: JSON = 22_021
    var omqPort: JSON = 22_020
    var swarm: UInt64 = 0x10
    var funded = true

    init(_ keys: NodeKeys, ip: String = "127.1.0.1", swarm: UInt64 = 0x10, funded: Bool = true) {
        legacy = keys.legacy.publicKey.hex
        ed25519 = keys.ed25519.publicKey.hex
        x25519 = keys.x25519.publicKey.hex
        self.ip = ip
        self.swarm = swarm
        self.funded = funded
    }

    var fields: [String: JSON] {
        [
            "funded": .bool(funded), "service_node_pubkey": .string(legacy), "pubkey_ed25519": .string(ed25519),
            "pubkey_x25519": .string(x25519), "public_ip": .string(ip), "storage_port": httpsPort,
            "storage_lmq_port": omqPort, "swarm_id": .uint(swarm),
        ]
    }

    static let decommissioned = UInt64.max
}

/// The ledger's answer to `rpc.get_service_nodes`.
func ledgerTable(
    _ nodes: [ListedNode], height: Int = 1, block: String = "b1", hardfork: Int = 19, revision: Int = 3
) -> JSON {
    [
        "height": .int(height), "block_hash": .string(block), "hardfork": .int(hardfork),
        "snode_revision": .int(revision), "status": "OK",
        "service_node_states": .array(nodes.map { .object($0.fields) }),
    ]
}
