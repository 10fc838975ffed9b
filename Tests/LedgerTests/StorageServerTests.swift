import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@Suite struct StorageServerTests {
    @Test("A node's key fetches that node's secrets, under both names, and no one else's")
    func secrets() async throws {
        let network = try await TestNetwork(nodes: 2)
        for name in ["admin.get_service_node_privkey", "admin.get_service_privkeys"] {
            for keys in network.nodes {
                let reply = try await network.result(name, as: keys.x25519.publicKey)
                #expect(
                    reply == [
                        "service_node_privkey": .string(Hex.encode(keys.legacy.scalar)),
                        "service_node_ed25519_privkey": .string(Hex.encode(keys.ed25519.secretKey)),
                        "service_node_x25519_privkey": .string(Hex.encode(keys.x25519.secretKey)),
                    ])
            }
        }
    }

    @Test("A key that belongs to no adopted node may ask the public questions only")
    func strangers() async throws {
        let network = try await TestNetwork(nodes: 1)
        for name in ["get_service_node_privkey", "get_service_privkeys", "storage_server_ping", "report_peer_status"] {
            #expect(try await network.reply("admin.\(name)", "{}") == ["FORBIDDEN"])
        }
        #expect(try await network.reply("rpc.get_height", "{}").first == "200")
    }

    @Test("A ping that is no sign of life says why, and proves nothing")
    func badPings() async throws {
        let network = try await TestNetwork(nodes: 2)
        try await network.register()
        let foreign = network.nodes[1].ed25519.publicKey
        let cases: [(extra: [String: JSON], status: String)] = [
            (["error": "disk full"], "Error: the storage server reports: disk full"),
            (["version": [2, 7, 9]], "Outdated storage server 2.7.9; at least 2.8.0 is needed"),
            (
                ["pubkey_ed25519": .string(foreign.hex)],
                "Invalid storage server pubkey \(foreign); this node's is \(network.nodes[0].ed25519.publicKey)"
            ),
        ]
        for (extra, status) in cases {
            #expect(try await network.ping(0, extra: extra) == ["status": .string(status)])
        }
        #expect(await network.ledger.status.nodes.allSatisfy { $0.proof == nil })
        #expect(try await network.ping(0, extra: ["version": [3, 0, 0], "error": ""]) == ["status": "OK"])
        #expect(network.events.all(.uptimeProof).count == 1)
    }

    @Test(
        "A ping that lacks a field is refused with a text that names it",
        arguments: ["version", "https_port", "omq_port", "pubkey_ed25519"])
    func incompletePings(field: String) async throws {
        let network = try await TestNetwork(nodes: 1)
        let keys = network.nodes[0]
        var ping: [String: JSON] = [
            "version": [2, 8, 0], "https_port": 1, "omq_port": 2,
            "pubkey_ed25519": .string(keys.ed25519.publicKey.hex),
        ]
        ping[field] = field == "version" ? [2, 8] : 70_000
        for params in [ping, ping.filter { $0.key != field }] {
            let reply = try await network.reply(
                "admin.storage_server_ping", JSON.object(params).text, as: keys.x25519.publicKey)
            #expect(reply.count == 2 && reply[0] == "400" && reply[1].contains(field))
        }
    }

    @Test("A ping without ports is answered OK but proves nothing: nobody could reach the node")
    func zeroPorts() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        #expect(try await network.ping(0, httpsPort: 0) == ["status": "OK"])
        #expect(await network.ledger.status.nodes[0].proof == nil)
    }

    @Test("Reports about peers are taken for registered nodes, of every kind, under both names")
    func reports() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        let keys = network.nodes[0]
        let peer = JSON.string(keys.legacy.publicKey.hex)
        for type in ["storage", "lokinet", "reachability"] as [JSON] {
            for name in ["admin.report_peer_status", "admin.report_peer_storage_server_status"] {
                let reply = try await network.result(
                    name, ["type": type, "pubkey": peer, "passed": false], as: keys.x25519.publicKey)
                #expect(reply == ["status": "OK"])
            }
        }
        let unregistered = JSON.string(TestNetwork.stranger.hex)
        let wrong: [JSON] = [
            ["type": "router", "pubkey": peer, "passed": true], ["type": "storage", "pubkey": "ab", "passed": true],
            ["type": "storage", "pubkey": unregistered, "passed": true], ["type": "storage", "pubkey": peer],
        ]
        for params in wrong {
            let reply = try await network.reply("admin.report_peer_status", params.text, as: keys.x25519.publicKey)
            #expect(reply.first == "400")
        }
    }
}
