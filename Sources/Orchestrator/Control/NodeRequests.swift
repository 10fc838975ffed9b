import SessionProtocol

/// Requests about nodes. All answer with the network's status.
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
        switch name {
        case "add": try await add(request)
        case "remove": try await remove(request)
        default:
            guard let action = NodeAction(rawValue: name) else { return nil }
            try await testnet.act(action, on: request.texts("nodes"))
        }
        return await testnet.status().json
    }

    private func add(_ request: ControlRequest) async throws {
        let names = try request.texts("nodes")
        guard names.isEmpty else {
            try await testnet.addNodes(names)
            return
        }
        try await testnet.addNodes(
            count: Int(try request.number("count", in: 1...UInt64(TopologyRules.nodeCount.upperBound))))
    }

    private func remove(_ request: ControlRequest) async throws {
        let leaving = try request.optionalText("leaving") ?? Departure.unlock.rawValue
        guard let departure = Departure(rawValue: leaving) else {
            throw ControlRequest.Malformed(field: "leaving", expected: "unlock or crash")
        }
        try await testnet.removeNodes(request.texts("nodes"), leaving: departure)
    }
}
