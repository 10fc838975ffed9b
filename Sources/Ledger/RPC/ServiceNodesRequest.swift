import SessionProtocol

/// Parameters of `get_service_nodes` (ledger §6.2).
struct ServiceNodesRequest: Sendable, Hashable {
    var fields = FieldSelection()
    /// Empty: all.
    var nodes: [LegacyPublicKey] = []
    var activeOnly = false
    /// Above 0: that many at random. Below 0: all, shuffled. 0: all.
    var limit: Int64 = 0
    /// Lower-case hex; not `nil` asks whether anything is new since that block.
    var pollBlockHash: String?

    init(params: [String: JSON]) throws(RPCError) {
        fields = try FieldSelection(params["fields"])
        for value in try params.optional("service_node_pubkeys", \.asArray, "an array") ?? [] {
            guard let key = value.asString.flatMap({ LegacyPublicKey(hex: $0) }) else {
                throw .wrongParameter("service_node_pubkeys must hold keys of 64 hex digits")
            }
            if !nodes.contains(key) { nodes.append(key) }
        }
        activeOnly = try params.optional("active_only", \.asBool, "true or false") ?? false
        limit = try params.optional("limit", \.asInteger, "a whole number") ?? 0
        let hash = try params.optional("poll_block_hash", Self.blockHash, "64 hex digits")
        pollBlockHash = hash.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Lower-case; an empty text stands for no hash.
    private static func blockHash(_ json: JSON) -> String? {
        guard let text = json.asString, text.isEmpty || Hex.decode(text)?.count == 32 else { return nil }
        return text.lowercased()
    }

    /// Whether everyone who asks this of the same ledger gets the same; what a limit draws differs from call to call.
    var isAnsweredAlike: Bool { limit == 0 }
}
