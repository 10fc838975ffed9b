import SessionProtocol

/// Requests about nodes. All answer with the network's status.
///
/// | request | what it does |
/// |---|---|
/// | `POST /nodes/kill`, `pause`, `resume`, `restart` `{"nodes": [name]}` | ``Testnet/act(_:on:)`` |
struct NodeRequests: Sendable {
    private let testnet: Testnet

    init(_ testnet: Testnet) { self.testnet = testnet }

    /// - Returns: `nil` when there is no such request.
    func answer(_ request: ControlRequest) async throws -> JSON? {
        guard request.method == "POST", let name = request.rest(after: "/nodes/"),
            let action = NodeAction(rawValue: name)
        else { return nil }
        try await testnet.act(action, on: request.texts("nodes"))
        return await testnet.status().json
    }
}
