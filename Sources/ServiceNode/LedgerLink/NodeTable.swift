import SessionProtocol

/// The ledger's answer to `rpc.get_service_nodes`, checked (storage-node §10.2).
struct NodeTable: Sendable {
    let height: UInt64
    let blockHash: String
    let hardfork: Hardfork
    /// The top block is the one we named; ``nodes`` is empty then.
    let isUnchanged: Bool
    /// Funded nodes whose keys are known.
    let nodes: [NodeRecord]

    /// The whole answer is useless: the field is missing or of another type.
    struct Malformed: Error, CustomStringConvertible {
        let field: String
        var description: String { "the ledger's node table has no usable \(field)" }
    }

    /// What this node asks for. `fields` is an object of booleans.
    static func request(knownBlock: String?) -> JSON {
        var request: [String: JSON] = ["active_only": false, "fields": fields]
        if let knownBlock { request["poll_block_hash"] = .string(knownBlock) }
        return .object(request)
    }

    private static let fields: JSON = .object(
        Dictionary(
            uniqueKeysWithValues: [
                "service_node_pubkey", "swarm_id", "storage_port", "public_ip", "height", "block_hash", "hardfork",
                "snode_revision", "funded", "pubkey_x25519", "pubkey_ed25519", "storage_lmq_port",
                "storage_server_version",
            ].map { ($0, JSON.bool(true)) }))

    init(parsing json: JSON) throws(Malformed) {
        guard let height = json["height"]?.asUnsigned else { throw Malformed(field: "height") }
        guard let blockHash = json["block_hash"]?.asString else { throw Malformed(field: "block_hash") }
        guard let major = json["hardfork"]?.asInteger else { throw Malformed(field: "hardfork") }
        self.height = height
        self.blockHash = blockHash
        hardfork = Hardfork(major: Int(major), revision: Int(json["snode_revision"]?.asInteger ?? 0))
        isUnchanged = json["unchanged"]?.asBool ?? false
        var nodes: [NodeRecord] = []
        if !isUnchanged {
            guard let states = json["service_node_states"]?.asArray else {
                throw Malformed(field: "service_node_states")
            }
            nodes.reserveCapacity(states.count)
            for state in states {
                if let node = try Self.record(state) { nodes.append(node) }
            }
        }
        self.nodes = nodes
    }

    /// - Returns: `nil` for a node that is not funded or whose keys are not known yet.
    private static func record(_ state: JSON) throws(Malformed) -> NodeRecord? {
        guard let funded = state["funded"]?.asBool else { throw Malformed(field: "funded") }
        guard funded else { return nil }
        guard let legacy = state["service_node_pubkey"]?.asString.flatMap({ LegacyPublicKey(hex: $0) }) else {
            throw Malformed(field: "service_node_pubkey")
        }
        guard let ed25519 = state["pubkey_ed25519"]?.asString.flatMap({ Ed25519PublicKey(hex: $0) }),
            let x25519 = state["pubkey_x25519"]?.asString.flatMap({ X25519PublicKey(hex: $0) })
        else { return nil }
        guard let address = state["public_ip"]?.asString.flatMap({ IPv4Address($0) }) else {
            throw Malformed(field: "public_ip")
        }
        return NodeRecord(
            legacy: legacy, ed25519: ed25519, x25519: x25519, address: address,
            httpsPort: try port("storage_port", of: state), omqPort: try port("storage_lmq_port", of: state),
            swarm: try swarm(of: state),
            version: state["storage_server_version"].flatMap(StorageServerVersion.init(json:)) ?? .unknown)
    }

    private static func port(_ field: String, of state: JSON) throws(Malformed) -> UInt16 {
        guard let port = state[field]?.asUnsigned.flatMap(UInt16.init(exactly:)) else { throw Malformed(field: field) }
        return port
    }

    private static func swarm(of state: JSON) throws(Malformed) -> SwarmID {
        guard let id = state["swarm_id"]?.asUnsigned else { throw Malformed(field: "swarm_id") }
        return SwarmID(id)
    }
}
