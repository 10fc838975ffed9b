import NodeRuntime
import SessionProtocol

/// Answers `get_service_nodes` from the chain and the proofs of one moment (ledger §6.2).
struct ServiceNodesReply: Sendable {
    let top: Block
    let rules: LedgerRules
    /// By legacy key ascending.
    let entries: [ServiceNodeEntry]
    let proofs: [LegacyPublicKey: AcceptedProof]

    /// - Parameters:
    ///   - randomness: for the choice that a limit asks for.
    ///   - encodings: of nodes in earlier replies.
    ///   - knowledge: what the asker's own daemon tells it and nobody else.
    /// - Returns: the reply's `result`, encoded.
    func encoded(
        _ request: ServiceNodesRequest, randomness: any Randomness, encodings: inout EncodedNodes,
        knowledge: OwnKnowledge? = nil
    ) -> Bytes {
        var fields = request.fields
        var result: [String: JSON] = ["status": "OK"]
        if let known = request.pollBlockHash {
            let isUnchanged = known == top.hash.hex
            result["unchanged"] = .bool(isUnchanged)
            if isUnchanged {
                addHeader(fields, to: &result)
                return JSON.object(result).utf8
            }
            fields.force("block_hash")
        }
        addHeader(fields, to: &result)
        let nodes = selected(request, randomness).lazy.map { entry in
            ReportedNode(
                entry, proof: proofs[entry.node], live: knowledge?.live(of: entry.node),
                tests: knowledge?.tests(of: entry.node, rules: rules), topHeight: top.height, rules: rules)
        }
        return Self.object(result, with: "service_node_states") { output in
            encodings.append(nodes, showing: request.fields, to: &output)
        }
    }

    /// What one asker alone is told: none of it is kept.
    func encoded(_ request: ServiceNodesRequest, randomness: any Randomness, knowledge: OwnKnowledge) -> Bytes {
        var encodings = EncodedNodes()
        return encoded(request, randomness: randomness, encodings: &encodings, knowledge: knowledge)
    }

    /// An object's compact text with its keys in byte order, where one more value writes itself.
    private static func object(
        _ values: [String: JSON], with name: String, written write: (inout Bytes) -> Void
    ) -> Bytes {
        var output = Bytes()
        var separator = UInt8(ascii: "{")
        for key in (values.keys + [name]).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            output.append(separator)
            separator = UInt8(ascii: ",")
            output += JSON.string(key).utf8
            output.append(UInt8(ascii: ":"))
            if let value = values[key] { output += value.utf8 } else { write(&output) }
        }
        output.append(UInt8(ascii: "}"))
        return output
    }

    private func addHeader(_ fields: FieldSelection, to result: inout [String: JSON]) {
        let header: [String: JSON] = [
            "height": .uint(top.height),
            "target_height": .uint(top.height),
            "hardfork": .int(rules.storageHardfork.major),
            "snode_revision": .int(rules.storageHardfork.revision),
            "block_hash": .string(top.hash.hex),
        ]
        for (name, value) in header where fields.includes(name) { result[name] = value }
    }

    private func selected(_ request: ServiceNodesRequest, _ randomness: any Randomness) -> [ServiceNodeEntry] {
        let known = request.nodes.isEmpty ? entries : request.nodes.compactMap(entry)
        let entries = request.activeOnly ? known.filter(\.isActive) : known
        guard request.limit != 0 else { return entries }
        var source = RandomSource(randomness)
        let shuffled = entries.shuffled(using: &source)
        guard request.limit > 0, request.limit < Int64(shuffled.count) else { return shuffled }
        return Array(shuffled.prefix(Int(request.limit)))
    }

    private func entry(of node: LegacyPublicKey) -> ServiceNodeEntry? {
        var range = entries[...]
        while let middle = range.indices.middle {
            if range[middle].node == node { return range[middle] }
            range = range[middle].node < node ? range[(middle + 1)...] : range[..<middle]
        }
        return nil
    }
}

extension Range<Int> {
    /// `nil` of an empty one.
    fileprivate var middle: Int? { isEmpty ? nil : lowerBound + count / 2 }
}
