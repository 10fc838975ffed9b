import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// What a node's own daemon tells it, and nobody else.
@Suite struct OwnNodeTests {
    @Test("A node learns its own public keys; over HTTP and for strangers the daemon is no service node")
    func keys() async throws {
        let network = try await TestNetwork(nodes: 1)
        let keys = network.nodes[0]
        #expect(
            try await network.result("rpc.get_service_keys", as: keys.x25519.publicKey) == [
                "service_node_pubkey": .string(keys.legacy.publicKey.hex),
                "service_node_ed25519_pubkey": .string(keys.ed25519.publicKey.hex),
                "service_node_x25519_pubkey": .string(keys.x25519.publicKey.hex), "service_node_bls_pubkey": "",
                "is_service_node": true, "status": "OK",
            ])
        let stranger = try await network.result("rpc.get_service_keys")
        #expect(stranger["is_service_node"] == false && stranger["service_node_pubkey"] == "")
    }

    @Test("A node's status is all about itself; before its registration only where it is")
    func status() async throws {
        let network = try await TestNetwork(nodes: 1)
        let own = network.nodes[0].x25519.publicKey
        try await network.ping(0, httpsPort: 5)
        let before = try await network.result("rpc.get_service_node_status", as: own)
        #expect(before["status"] == "Not a registered service node" && before["height"] == 0)
        #expect(before["service_node_state"]?["public_ip"] == "127.1.0.1")
        #expect(before["service_node_state"]?["storage_port"] == 5)
        try await network.register()
        let after = try await network.result("rpc.get_service_node_status", as: own)
        let listed = try await network.result("rpc.get_service_nodes", as: own)
        #expect(after["status"] == "OK" && after["height"] == listed["height"])
        #expect(after["block_hash"] == listed["block_hash"])
        #expect(after["service_node_state"] == listed["service_node_states"]?.asArray?.first)
        #expect(
            try await network.result("rpc.get_service_node_status")
                == ["status": "Not a service node", "height": 1, "block_hash": listed["block_hash"] ?? .null])
    }

    @Test("A node's own tests of a peer show in its answers and in no other's")
    func reachability() async throws {
        let network = try await TestNetwork.live(nodes: 3)
        let peer = network.nodes[2].legacy.publicKey
        let question: JSON = [
            "service_node_pubkeys": [.string(peer.hex)],
            "fields": [
                "storage_server_reachable", "storage_server_first_unreachable", "storage_server_last_unreachable",
                "storage_server_last_reachable", "lokinet_reachable",
            ],
        ]
        func seen(by index: Int?) async throws -> JSON? {
            let caller = index.map { network.nodes[$0].x25519.publicKey } ?? TestNetwork.stranger
            return try await network.result("rpc.get_service_nodes", question, as: caller)["service_node_states"]?
                .asArray?.first
        }
        func report(_ passed: Bool) async throws {
            _ = try await network.result(
                "admin.report_peer_status",
                ["type": "storage", "pubkey": .string(peer.hex), "passed": .bool(passed)],
                as: network.nodes[0].x25519.publicKey)
        }
        #expect(try await seen(by: nil) == ["storage_server_reachable": true])
        #expect(try await seen(by: 0) == ["storage_server_reachable": true, "lokinet_reachable": true])
        try await report(false)
        network.clock.advance(by: .seconds(20))
        try await report(false)
        let start = TestClock.epoch / 1_000
        #expect(
            try await seen(by: 0) == [
                "storage_server_reachable": false, "lokinet_reachable": true,
                "storage_server_first_unreachable": .integer(start),
                "storage_server_last_unreachable": .integer(start + 20),
            ])
        #expect(try await seen(by: 1) == ["storage_server_reachable": true, "lokinet_reachable": true])
        #expect(try await seen(by: nil) == ["storage_server_reachable": true])
        try await report(true)
        #expect(
            try await seen(by: 0) == [
                "storage_server_reachable": true, "lokinet_reachable": true,
                "storage_server_last_unreachable": .integer(start + 20),
                "storage_server_last_reachable": .integer(start + 20),
            ])
    }

    @Test("About itself a node is told where it is now, others where it proved to be, in whatever order they ask")
    func live() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        let question = #"{"fields":["public_ip"],"service_node_pubkeys":["\#(network.nodes[0].legacy.publicKey)"]}"#
        func seen(by index: Int) async throws -> String {
            let caller = network.nodes[index].x25519.publicKey
            return try await network.reply("rpc.get_service_nodes", question, as: caller)[1]
        }
        let before = try await seen(by: 1)
        // Its storage server has been silent for too long to prove the new address.
        network.clock.advance(by: .seconds(3_601))
        await network.ledger.adopt(network.nodes[0], publicIP: IPv4Address(127, 9, 9, 9))
        #expect(try await seen(by: 1) == before && before.contains("127.1.0.1"))
        #expect(try await seen(by: 0).contains("127.9.9.9"))
        #expect(try await seen(by: 1) == before, "its own answer is not kept for others")
    }

    @Test(
        "A router's ping is answered with what is wrong with it, and its version shows in the next proof",
        arguments: [
            (["version": [0, 9, 11]], "OK"),
            (["version": [0, 9, 10]], "Outdated router 0.9.10; at least 0.9.11 is needed"),
            (["version": [1, 0, 0], "error": "no route"], "Error: the router reports: no route"),
            (
                ["version": [1, 0, 0], "pubkey_ed25519": .string(TestNetwork.stranger.hex)],
                "Invalid router pubkey \(TestNetwork.stranger)"
            ),
        ] as [([String: JSON], String)])
    func router(ping: [String: JSON], status: String) async throws {
        let network = try await TestNetwork(nodes: 1)
        let own = network.nodes[0].x25519.publicKey
        let reply = try await network.result("admin.lokinet_ping", .object(ping), as: own)
        #expect(reply["status"]?.asString?.hasPrefix(status) == true, "\(reply)")
        try await network.register()
        try await network.ping(0)
        let shown = try await network.result("rpc.get_service_nodes", ["fields": ["lokinet_version"]])
        #expect(shown["service_node_states"] == (status == "OK" ? [["lokinet_version": [0, 9, 11]]] : [[:]]))
        #expect(try await network.reply("admin.lokinet_ping", "{}", as: own)[0] == "400")
    }

    @Test("A triggered proof comes before its time, and no sooner than half the interval after the last")
    func trigger() async throws {
        let network = try await TestNetwork.live(nodes: 1)
        let own = network.nodes[0].x25519.publicKey
        for (seconds, proofs) in [(1_700, 1), (200, 2)] {
            network.clock.advance(by: .seconds(seconds))
            let reply = try await network.result("admin.test_trigger_uptime_proof", as: own)
            #expect(reply == ["status": "OK"])
            #expect(network.events.all(.uptimeProof).count == proofs)
        }
    }

    @Test("A node that was set aside and one that wants out show it in every field that tells of it")
    func standing() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        try await network.forced(.decommission, 0)
        let key = JSON.string(network.nodes[0].legacy.publicKey.hex)
        let reply = try await network.result(
            "rpc.get_service_nodes",
            [
                "service_node_pubkeys": [key],
                "fields": [
                    "active", "funded", "payable", "state_height", "swarm_id", "swarm", "decommission_count",
                    "last_decommission_reason_consensus_all", "last_decommission_reason_consensus_any",
                    "last_decomm_reasons", "earned_downtime_blocks", "last_uptime_proof", "public_ip",
                ],
            ])
        #expect(
            reply["service_node_states"] == [
                [
                    "active": false, "funded": true, "payable": false, "state_height": 3,
                    "swarm_id": .unsigned(.max), "swarm": "ffffffffffffffff", "decommission_count": 1,
                    "last_decommission_reason_consensus_all": 8, "last_decommission_reason_consensus_any": 8,
                    "last_decomm_reasons": ["all": ["storage"]], "earned_downtime_blocks": 60,
                    "last_uptime_proof": 0, "public_ip": "127.1.0.1",
                ]
            ])
        try await network.ledger.advance(blocks: 70, silent: [network.nodes[0].legacy.publicKey])
        let later = try await network.result(
            "rpc.get_service_nodes", ["service_node_pubkeys": [key], "fields": ["earned_downtime_blocks"]])
        // Its credit ran out; whether it was thrown out for that is for the others' votes.
        #expect([[], [["earned_downtime_blocks": -10]]].contains(later["service_node_states"]))
    }

    @Test(
        "The operator's fee comes in portions and in millionths, rounded",
        arguments: [(1, 100), (1_234, 123_400), (9_999, 999_900)] as [(UInt64, Int)])
    func fee(basisPoints: UInt64, millionths: Int) async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.ledger.submit([
            .registration(
                RegistrationTransaction(
                    node: network.nodes[0].legacy, operator: TestNetwork.wallet, stake: .coins(18_550),
                    feeBasisPoints: basisPoints, rules: TestNetwork.rules, signedAt: TestClock.epoch / 1_000))
        ])
        let reply = try await network.result("rpc.get_service_nodes", ["fields": ["operator_fee"]])
        #expect(reply["service_node_states"] == [["operator_fee": .int(millionths)]])
    }
}
