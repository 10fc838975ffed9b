import SessionProtocol

/// Requests about nodes. All answer with the network's status, and in `changes` with what became of each node: `node`, its
/// state `before` and `after` (`null` while it was, or is, no part of the network), and whether anything `changed`.
///
/// | request | what it does |
/// |---|---|
/// | `POST /nodes/kill`, `pause`, `resume`, `restart` `{"nodes": [name]}` | ``Testnet/act(_:on:)`` |
/// | `POST /nodes/add` `{"nodes": [name]}` or `{"count": number}` | ``Testnet/addNodes(_:)``, ``Testnet/addNodes(count:)`` |
/// | `POST /nodes/remove` `{"nodes": [name], "leaving": "unlock" or "crash"}` | ``Testnet/removeNodes(_:leaving:timeout:)`` |
struct NodeRequests: Sendable {
    private let testnet: Testnet

    init(_ testnet: Testnet) { self.testnet = testnet }

    /// - Returns: `nil` when there is no such request.
    func answer(_ request: ControlRequest) async throws -> JSON? {
        guard request.method == "POST", let name = request.rest(after: "/nodes/") else { return nil }
        let changes: [NodeChange]
        switch name {
        case "add": changes = try await add(request)
        case "remove": changes = try await remove(request)
        default:
            guard let action = NodeAction(rawValue: name) else { return nil }
            changes = try await testnet.act(action, on: request.texts("nodes"))
        }
        var answer = await testnet.status().json.asObject ?? [:]
        answer["changes"] = .array(changes.map(\.json))
        return .object(answer)
    }

    private func add(_ request: ControlRequest) async throws -> [NodeChange] {
        let names = try request.texts("nodes")
        let added =
            if names.isEmpty {
                try await testnet.addNodes(
                    count: Int(try request.number("count", in: 1...UInt64(TopologyRules.nodeCount.upperBound))))
            } else {
                try await testnet.addNodes(names)
            }
        return added.map { NodeChange(node: $0, before: nil, after: .running) }
    }

    private func remove(_ request: ControlRequest) async throws -> [NodeChange] {
        let leaving = try request.optionalText("leaving") ?? Departure.unlock.rawValue
        guard let departure = Departure(rawValue: leaving) else {
            throw ControlRequest.Malformed(field: "leaving", expected: "unlock or crash")
        }
        let names = try request.texts("nodes")
        let states = Dictionary(
            await testnet.status().nodes.map { ($0.name, $0.state) }, uniquingKeysWith: { first, _ in first })
        try await testnet.removeNodes(names, leaving: departure)
        return NaturalOrder.sorted(Set(names)).map { NodeChange(node: $0, before: states[$0], after: nil) }
    }
}
