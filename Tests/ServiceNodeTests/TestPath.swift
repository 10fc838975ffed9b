import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization

@testable import ServiceNode

/// Hands each node's onion requests to the node they are addressed to, in memory.
final class TestPath: Sendable {
    private let nodes = Mutex<[X25519PublicKey: TestNode]>([:])

    func add(_ node: TestNode) { nodes.withLock { $0[node.state.keys.x25519.publicKey] = node } }

    func answer(_ request: TestTransport.Request, from caller: X25519PublicKey) async -> OMQOutcome {
        guard let node = nodes.withLock({ $0[request.peer.publicKey] }) else { return .timedOut }
        do {
            let frames = try await node.frames(request.command, request.parts, from: caller)
            return frames.map(OMQOutcome.reply) ?? .timedOut
        } catch {
            return .unreachable("\(error)")
        }
    }
}
