import NodeRuntime
import SessionProtocol

/// Answers `get_service_nodes` from a chain and the proofs known at this moment (ledger §6.2).
struct ServiceNodesReply {
    let chain: LedgerChain
    let proofs: UptimeProofs
    let randomness: any Randomness

    /// - Returns: the reply's `result`.
    func json(_ request: ServiceNodesRequest) -> JSON {
        var fields = request.fields
        var result: [String: JSON] = ["status": "OK"]
        if let known = request.pollBlockHash {
            let isUnchanged = known == chain.top.hash.hex
            result["unchanged"] = .bool(isUnchanged)
            if isUnchanged {
                addHeader(fields, to: &result)
                return .object(result)
            }
            fields.force("block_hash")
        }
        addHeader(fields, to: &result)
        let nodes = selected(request).map { entry in
            entry.json(
                fields, proof: proofs.byNode[entry.node], topHeight: chain.top.height,
                economics: chain.genesis.economics)
        }
        result["service_node_states"] = .array(nodes)
        return .object(result)
    }

    private func addHeader(_ fields: FieldSelection, to result: inout [String: JSON]) {
        let header: [String: JSON] = [
            "height": .uint(chain.top.height),
            "target_height": .uint(chain.top.height),
            "hardfork": .uint(UInt64(LedgerConstants.hardfork)),
            "snode_revision": .int(LedgerConstants.snodeRevision),
            "block_hash": .string(chain.top.hash.hex),
        ]
        for (name, value) in header where fields.includes(name) { result[name] = value }
    }

    private func selected(_ request: ServiceNodesRequest) -> [ServiceNodeEntry] {
        let known =
            request.nodes.isEmpty ? chain.state.entries : request.nodes.compactMap { chain.state.nodes[$0] }
        let entries = request.activeOnly ? known.filter(\.isActive) : known
        guard request.limit != 0 else { return entries }
        var source = RandomSource(randomness)
        let shuffled = entries.shuffled(using: &source)
        guard request.limit > 0, request.limit < Int64(shuffled.count) else { return shuffled }
        return Array(shuffled.prefix(Int(request.limit)))
    }
}
