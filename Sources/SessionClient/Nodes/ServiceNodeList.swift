import NodeRuntime
import SessionProtocol

/// The service nodes a client knows, from the ledger's seed address (clients.md §3).
public struct ServiceNodeList: Sendable, Equatable {
    /// In the order of their Ed25519 keys, so that equal lists give equal choices.
    public let nodes: [ListedNode]
    /// What onions need of each, in the same order; kept, because every look-up chooses from it.
    let onionNodes: [OnionNode]
    private let positions: [Ed25519PublicKey: Int]

    /// Of nodes with equal Ed25519 keys the last one stays.
    public init(_ nodes: [ListedNode]) {
        var unique: [Ed25519PublicKey: ListedNode] = [:]
        for node in nodes { unique[node.keys.ed25519] = node }
        let sorted = unique.values.sorted { $0.keys.ed25519 < $1.keys.ed25519 }
        self.nodes = sorted
        onionNodes = sorted.map(\.keys)
        positions = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.keys.ed25519, $0) })
    }

    /// - Returns: `nil` for a node that is not listed.
    public func node(_ key: Ed25519PublicKey) -> ListedNode? { positions[key].map { nodes[$0] } }

    /// The request clients send, without `limit`: a limit would give a random sample.
    static let request: JSON = [
        "jsonrpc": "2.0", "id": "0", "method": "get_n_service_nodes",
        "params": [
            "active_only": true,
            "fields": [
                "public_ip": true, "storage_port": true, "pubkey_x25519": true, "pubkey_ed25519": true,
                "requested_unlock_height": true, "height": true,
            ],
        ],
    ]

    private static let requestBody = request.utf8

    /// Asks a seed address once.
    /// - Parameter reader: reads the answer together with other clients; `nil` reads it for this one alone.
    static func fetch(
        from seedURL: String, over transport: any Transport, timeout: Duration, reader: ServiceNodeListReader? = nil
    ) async throws(BootstrapFailure) -> ServiceNodeList {
        let post = OutgoingPost(
            url: seedURL + "/json_rpc",
            headers: ["Content-Type": "application/json", "User-Agent": "WhatsApp", "Accept-Language": "en-us"],
            body: requestBody, timeout: timeout)
        let reply: HTTPReply
        do {
            reply = try await transport.post(post)
        } catch {
            throw .transport(error)
        }
        let body = try acceptedBody(of: reply)
        guard let reader else { return try ServiceNodeList(body: body) }
        return try reader.list(in: body)
    }

    /// Takes the ledger's answer as strictly as Session Desktop does.
    private static func acceptedBody(of reply: HTTPReply) throws(BootstrapFailure) -> Bytes {
        guard reply.status == 200 else { throw .status(reply.status, text: excerpt(reply.body)) }
        let type = reply.headers.first { $0.key.lowercased() == "content-type" }?.value
        guard type == "application/json" else { throw .contentType(type) }
        return reply.body
    }

    /// Reads an answer's body.
    init(body: Bytes) throws(BootstrapFailure) {
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw .malformed("is not JSON (\(error))")
        }
        guard let states = json["result"]?["service_node_states"]?.asArray else {
            throw .malformed("has no result.service_node_states")
        }
        self.init(states.compactMap { ListedNode(state: $0) })
        guard !nodes.isEmpty else { throw .noUsableNode(listed: states.count) }
    }
}

/// The start of what a peer sent, fit for an error text.
func excerpt(_ bytes: some Collection<UInt8>) -> String {
    var text = ""
    for scalar in String(decoding: bytes.prefix(200), as: UTF8.self).unicodeScalars {
        text.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7f ? " " : scalar)
    }
    return text
}
