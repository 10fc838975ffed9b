import ManualTime
import NodeRuntime
import SessionProtocol
import Testing

@testable import ServiceNode

/// A message that its owner deleted and stores again is as any other message (storage-node §3.6, §11).
@Suite(.timeLimit(.minutes(1))) struct StoredAgainTests {
    private static let now = WireOwner.now
    private static let day = WireOwner.day

    @Test("What was deleted and is stored again is new at every member, with the client's own timestamp")
    func storedAgain() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            let store = WireCall.store("one", timestamp: Self.now - 5000)
            for index in 0..<3 {
                let reply = try await swarm.wire(store, at: index, isJSON: true).json()
                for member in swarm.members {
                    let entry = try reply.need("swarm").need(member.name)
                    #expect(entry["failed"] == nil)
                    #expect(entry["already"] == nil)
                    #expect(entry["expiry"] == .integer(Self.now - 5000 + Self.day))
                }
                for other in 0..<3 {
                    let held = try await swarm.wire(.retrieve(), at: other, isJSON: true).json()
                    #expect(try held.list("messages").map { $0["data"] } == ["b25l"])
                    #expect(try held.list("messages").first?["timestamp"] == .integer(Self.now - 5000))
                }
                _ = try await swarm.wire(.deleteAll(), at: index, isJSON: true)
                for member in swarm.members { member.clock.advance(by: .seconds(15)) }
            }
        }
    }
}
