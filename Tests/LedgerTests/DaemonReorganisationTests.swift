import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

/// Replaced blocks, as those see them who ask the daemon.
@Suite struct DaemonReorganisationTests {
    @Test("After a reorganisation every answer is the new branch's, one block higher, and nodes are told of its top")
    func answers() async throws {
        let network = try await TestNetwork.live(nodes: 3)
        try await network.forced(.decommission, 0)
        let old = await network.ledger.blocks
        let question: JSON = ["fields": ["block_hash", "height", "active"]]
        let before = try await network.result("rpc.get_service_nodes", question)
        _ = await network.transport.call("sub.block", as: TestNetwork.stranger)
        let outcome = try await network.ledger.reorganise(depth: 2)
        #expect(outcome.dropped.map(\.height) == [2, 3] && outcome.made.map(\.height) == [2, 3, 4])
        let new = await network.ledger.blocks
        #expect(new.prefix(2) == old.prefix(2) && new.count == 5 && new[3].hash != old[3].hash)
        let after = try await network.result("rpc.get_service_nodes", question)
        #expect(after["block_hash"] == .string(new[4].hash.hex) && after["height"] == 4)
        #expect(after["service_node_states"] == before["service_node_states"], "what held still holds")
        let hash = try await network.result("rpc.get_block_hash", ["height": [3]])
        #expect(hash == .string(new[3].hash.hex))
        let unchanged = try await network.result(
            "rpc.get_service_nodes", ["poll_block_hash": .string(old[3].hash.hex)])
        #expect(unchanged["unchanged"] == false)
        #expect(network.transport.pushes.map(\.parts) == [[Bytes("4".utf8), new[4].hash.bytes]])
        #expect(
            network.events.all(.chainReorganised).map(\.fields) == [["height": 4, "depth": 2, "lost": 0]])
        #expect(
            network.events.all(.block).suffix(3).map { $0.fields["hash"] } == new.suffix(3).map { .string($0.hash.hex) }
        )
        for block in network.events.all(.block) {
            let parts = ["initial", "minted", "free", "staked", "locked", "burnt"].map {
                block.fields[$0]?.asUnsigned ?? 0
            }
            #expect(parts[0] + parts[1] == parts[2] + parts[3] + parts[4] + parts[5])
        }
    }

    @Test("A late node's chain is cut at the same place, and its kept answers go with the old branch")
    func late() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        let key = network.nodes[0]
        try await network.ledger.setLag(1, for: key.legacy.publicKey)
        let question: JSON = ["fields": ["block_hash", "height"]]
        _ = try await network.result("rpc.get_service_nodes", question, as: key.x25519.publicKey)
        try await network.ledger.reorganise(depth: 1)
        let after = try await network.result("rpc.get_service_nodes", question, as: key.x25519.publicKey)
        let blocks = await network.ledger.blocks
        #expect(after["height"] == 2 && after["block_hash"] == .string(blocks[2].hash.hex))
    }

    @Test("Proofs stay with nodes that are on both branches; swarm history tells of the new one only")
    func offChain() async throws {
        let network = try await TestNetwork.live(nodes: 12)
        try await network.ledger.reorganise(depth: 2)
        let status = await network.ledger.status
        #expect(status.height == 3 && status.nodes.allSatisfy { $0.proof != nil })
        let history = await network.ledger.swarmHistory
        #expect(history.allSatisfy { $0.height == 1 } && history.reduce(0) { $0 + $1.joined.count } == 12)
        #expect(Dictionary(history.map { ($0.swarm, $0.joined) }, uniquingKeysWith: +) == status.swarms)
    }

    @Test("More blocks than there are cannot be taken back, and nothing changes")
    func tooDeep() async throws {
        let network = try await TestNetwork.live(nodes: 1)
        let before = await network.ledger.blocks
        for depth in [0, 3, 400] {
            await #expect(throws: ReorganisationRefusal.self) { try await network.ledger.reorganise(depth: depth) }
        }
        #expect(await network.ledger.blocks == before && network.events.all(.chainReorganised).isEmpty)
    }
}
