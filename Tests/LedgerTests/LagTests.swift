import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// A node that is told of the chain late.
@Suite struct LagTests {
    private static let question: JSON = ["fields": ["height", "block_hash", "active", "service_node_pubkey"]]

    private func subscribe(_ network: TestNetwork, _ index: Int) async {
        _ = await network.transport.call(
            "sub.block", as: network.nodes[index].x25519.publicKey, route: [UInt8(index + 1)])
    }

    private func pushed(_ network: TestNetwork, to index: Int) -> [String] {
        network.transport.pushes.filter { $0.connection.route == [UInt8(index + 1)] }
            .map { String(decoding: $0.parts[0], as: UTF8.self) }
    }

    @Test("Everything a late node asks is answered from the chain as it was, and nobody else's answers change")
    func answers() async throws {
        let network = try await TestNetwork.live(nodes: 3)
        let blocks = await network.ledger.blocks
        let late = network.nodes[0].x25519.publicKey
        let past = try await network.result("rpc.get_service_nodes", Self.question)
        try await network.forced(.decommission, 1)
        try await network.forced(.deregister, 2)
        try await network.ledger.setLag(2, for: network.nodes[0].legacy.publicKey)
        #expect(try await network.result("rpc.get_service_nodes", Self.question, as: late) == past)
        #expect(try await network.result("rpc.get_service_nodes", Self.question, as: late) == past, "as it was kept")
        let top = UInt64(blocks.count - 1)
        #expect(try await network.result("rpc.get_height", as: late) == ["height": .uint(top + 1)])
        #expect(try await network.result("rpc.get_block_count", as: late)["count"] == .uint(top + 1))
        let hash = try await network.result("rpc.get_block_hash", ["height": [.uint(top)]], as: late)
        #expect(hash == .string(blocks[Int(top)].hash.hex))
        #expect(
            try await network.reply("rpc.get_block_hash", #"{"height":[\#(top + 1)]}"#, as: late).first == "400")
        let changes = try await network.result(
            "rpc.get_service_nodes_state_changes", ["start_height": 0], as: late)
        #expect(changes["total_deregister"] == 0 && changes["end_height"] == .uint(top))
        let now = try await network.result("rpc.get_service_nodes", Self.question)
        #expect(now["height"] == .uint(top + 2) && now["service_node_states"]?.asArray?.count == 2)
        try await network.ledger.setLag(0, for: network.nodes[0].legacy.publicKey)
        #expect(try await network.result("rpc.get_service_nodes", Self.question, as: late) == now)
    }

    @Test(
        "A name that got another account still stands for the old one with a late node, and a new lock is unknown there"
    )
    func namesAndLocks() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        let name = try SessionName("alice")
        let asked: JSON = ["type": 0, "name_hash": .string(NameHash(of: name).hex)]
        func stand(for byte: UInt8, burning coins: UInt64) async throws -> JSON {
            let account = try #require(AccountID([5] + Bytes(repeating: byte, count: 32)))
            try await network.ledger.submit([
                .name(
                    NameRegistration(
                        name: NameHash(of: name), record: NameRecord(of: account, named: name, chance: []),
                        owner: TestNetwork.wallet, burn: .coins(coins), nonce: UInt64(byte)))
            ])
            return try await network.result("rpc.ons_resolve", asked)
        }
        let late = network.nodes[0].x25519.publicKey
        func seen(lag: UInt64) async throws -> [JSON?] {
            try await network.ledger.setLag(lag, for: network.nodes[0].legacy.publicKey)
            let locked = try await network.result("rpc.get_service_node_blacklisted_key_images", as: late)
            return [
                try await network.result("rpc.ons_resolve", asked, as: late),
                (locked["blacklist"]?.asArray?.count).map { .int($0) },
            ]
        }
        let first = try await stand(for: 1, burning: 20)
        let second = try await stand(for: 2, burning: 0)
        try await network.forced(.deregister, 1)
        #expect(first != [:] && second != [:] && first != second)
        #expect(try await seen(lag: 3) == [[:], 0])
        #expect(try await seen(lag: 2) == [first, 0])
        #expect(try await seen(lag: 1) == [second, 0])
        #expect(try await seen(lag: 0) == [second, 1])
    }

    @Test("A late node hears of each block when it may know of it, and of the newest once it is late no more")
    func notifications() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        for index in 0...1 { await subscribe(network, index) }
        let key = network.nodes[0].legacy.publicKey
        try await network.ledger.setLag(1, for: key)
        try await network.ledger.setLag(1, for: key)
        #expect(pushed(network, to: 0) == ["1"])
        try await network.forced(.decommission, 1)
        try await network.forced(.recommission, 1)
        #expect(pushed(network, to: 0) == ["1", "2", "3"] && pushed(network, to: 1) == ["3", "4"])
        try await network.ledger.setLag(0, for: key)
        #expect(pushed(network, to: 0) == ["1", "2", "3", "4"] && pushed(network, to: 1) == ["3", "4"])
        #expect(
            network.events.all(.ledgerLagged).map(\.fields) == [
                ["node": .string(key.hex), "blocks": 1], ["node": .string(key.hex), "blocks": 0],
            ])
    }

    @Test("A node that is later than the chain is old sees the genesis block only, and is told of nothing")
    func beforeTheStart() async throws {
        let network = try await TestNetwork.live(nodes: 1)
        await subscribe(network, 0)
        let key = network.nodes[0].legacy.publicKey
        try await network.ledger.setLag(360, for: key)
        let late = network.nodes[0].x25519.publicKey
        #expect(try await network.result("rpc.get_height", as: late) == ["height": 1])
        #expect(
            try await network.result("rpc.get_service_nodes", Self.question, as: late)["service_node_states"] == [])
        try await network.ledger.advance(blocks: 361)
        #expect(pushed(network, to: 0) == ["3"])
        let states = try await network.result("rpc.get_service_nodes", Self.question, as: late)["service_node_states"]
        #expect(states?.asArray?.count == 1)
        let refusal = await #expect(throws: LagRefusal.self) { try await network.ledger.setLag(361, for: key) }
        #expect(refusal == LagRefusal(blocks: 361, most: 360))
    }
}
