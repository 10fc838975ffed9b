import SessionProtocol

/// `GET /swarms`: `height, policy, swarms` [{id, position, size, members}] by place on the ring`, history` [{height, swarm,
/// size, joined, left, text}], oldest first.
struct SwarmRequests: Sendable {
    private let testnet: Testnet

    init(_ testnet: Testnet) { self.testnet = testnet }

    /// - Returns: `nil` when there is no such request.
    func answer(_ request: ControlRequest) async -> JSON? {
        guard request.method == "GET", request.path == "/swarms" else { return nil }
        return await testnet.swarmReport()
    }
}
