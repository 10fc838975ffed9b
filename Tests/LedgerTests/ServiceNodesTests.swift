import Ledger
import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@Suite struct ServiceNodesTests {
    private static let polled = """
        {"active_only":false,"fields":{"service_node_pubkey":true,"swarm_id":true,"storage_port":true,"public_ip":true,\
        "height":true,"block_hash":true,"hardfork":true,"snode_revision":true,"funded":true,"pubkey_x25519":true,\
        "pubkey_ed25519":true,"storage_lmq_port":true}
        """

    @Test("A storage server's poll is answered byte for byte, with unknown addresses as zeros")
    func storageServerPoll() async throws {
        let network = try await TestNetwork(nodes: 2)
        try await network.register()
        try await network.ping(0)
        let keys = network.nodes.map(\.legacy.publicKey)
        let proved = network.nodes[0]
        let provedText = """
            {"funded":true,"pubkey_ed25519":"\(proved.ed25519.publicKey)","pubkey_x25519":"\(proved.x25519.publicKey)",\
            "public_ip":"127.1.0.1","service_node_pubkey":"\(keys[0])","storage_lmq_port":22020,"storage_port":22021,\
            "swarm_id":0}
            """
        let silentText = """
            {"funded":true,"public_ip":"0.0.0.0","service_node_pubkey":"\(keys[1])","storage_lmq_port":0,\
            "storage_port":0,"swarm_id":0}
            """
        let status = await network.ledger.status
        let expected = """
            {"block_hash":"\(status.topHash)","hardfork":19,"height":1,"service_node_states":[\
            \((keys[0] < keys[1] ? [provedText, silentText] : [silentText, provedText]).joined(separator: ","))],\
            "snode_revision":3,"status":"OK"}
            """
        let reply = try await network.reply("rpc.get_service_nodes", Self.polled + "}")
        #expect(reply == ["200", expected])
    }

    @Test("Polling with the top block's hash says unchanged, and still names height, hash and hard fork")
    func unchanged() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        let hash = await network.ledger.status.topHash
        let same = try await network.reply(
            "rpc.get_service_nodes", Self.polled + ",\"poll_block_hash\":\"\(hash)\"}")
        #expect(
            same == [
                "200",
                """
                {"block_hash":"\(hash)","hardfork":19,"height":1,"snode_revision":3,"status":"OK","unchanged":true}
                """,
            ])
    }

    @Test("Polling with an older hash gives the nodes and the new hash, even unasked")
    func changed() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        let old = String(repeating: "0", count: 64)
        let reply = try await network.reply(
            "rpc.get_service_nodes", "{\"fields\":[\"funded\"],\"poll_block_hash\":\"\(old)\"}")
        let hash = await network.ledger.status.topHash
        #expect(
            reply == [
                "200",
                """
                {"block_hash":"\(hash)","service_node_states":[{"funded":true}],"status":"OK","unchanged":false}
                """,
            ])
    }

    @Test("Storage servers are told the hard fork that the rules name, which changes no rule of the chain")
    func hardfork() async throws {
        var rules = TestNetwork.rules
        rules.storageHardfork = Hardfork(major: 19, revision: 4)
        let network = try await TestNetwork(nodes: 1, rules: rules)
        try await network.register()
        let reply = try await network.result("rpc.get_service_nodes")
        #expect([reply["hardfork"], reply["snode_revision"]] == [19, 4])
        #expect(reply["service_node_states"]?.asArray?.first?["registration_hf_version"] == 14)
    }

    @Test("Without a filter every field of a node is there")
    func everything() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        try await network.ping(0)
        let reply = try await network.result("rpc.get_service_nodes")
        let node = try #require(reply["service_node_states"]?.asArray?.first?.asObject)
        let stake: Int64 = 18_550_000_000_000
        let contributor = try #require(node["contributors"]?.asArray?.first)
        let locked = try #require(contributor["locked_contributions"]?.asArray?.first)
        #expect(locked["key_image"]?.asString?.count == 64 && locked["key_image_pub_key"]?.asString?.count == 64)
        #expect(locked["amount"] == .integer(stake) && contributor["reserved"] == nil)
        let address = JSON.string(TestNetwork.wallet.address.description)
        #expect(contributor["amount"] == .integer(stake) && contributor["address"] == address)
        let keys = network.nodes[0]
        var rest = node
        rest["contributors"] = nil
        #expect(
            rest == [
                "service_node_pubkey": .string(keys.legacy.publicKey.hex), "registration_height": 1,
                "storage_server_reachable": true,
                "registration_hf_version": 14, "requested_unlock_height": 0, "last_reward_block_height": 2,
                "last_reward_transaction_index": 4_294_967_295, "active": true, "funded": true, "payable": false,
                "state_height": 1, "decommission_count": 0, "earned_downtime_blocks": 60,
                "total_contributed": .integer(stake), "staking_requirement": .integer(stake),
                "portions_for_operator": 0, "operator_fee": 0, "operator_address": address, "swarm_id": 0,
                "swarm": "0", "public_ip": "127.1.0.1", "storage_port": 22_021, "storage_lmq_port": 22_020,
                "last_uptime_proof": .integer(TestClock.epoch / 1_000),
                "pubkey_ed25519": .string(keys.ed25519.publicKey.hex),
                "pubkey_x25519": .string(keys.x25519.publicKey.hex), "storage_server_version": [2, 8, 0],
                "service_node_version": [10, 6, 0],
            ])
        #expect(
            Set(try #require(reply.asObject).keys) == [
                "status", "height", "target_height", "hardfork", "snode_revision", "block_hash", "service_node_states",
            ])
    }

    @Test("A partial node shows what is missing, no swarm, and full-range numbers without loss")
    func partial() async throws {
        let network = try await TestNetwork(nodes: 1)
        let other = WalletKeys(networkSeed: 7, name: "other").address
        try await network.ledger.submit([
            .registration(
                RegistrationTransaction(
                    node: network.nodes[0].legacy, operator: TestNetwork.wallet, stake: .coins(10_000),
                    others: [.init(address: other, amount: .coins(5_000))], feeBasisPoints: 10_000,
                    rules: TestNetwork.rules, signedAt: TestClock.epoch / 1_000))
        ])
        let reply = try await network.reply(
            "rpc.get_service_nodes",
            """
            {"fields":["swarm","swarm_id","portions_for_operator","operator_fee","active","total_reserved"]}
            """
        )
        #expect(
            reply[1] == """
                {"service_node_states":[{"active":false,"operator_fee":1000000,\
                "portions_for_operator":18446744073709551612,"swarm":"ffffffffffffffff",\
                "swarm_id":18446744073709551615,"total_reserved":15000000000000}],"status":"OK"}
                """)
        let active = try await network.result("rpc.get_service_nodes", ["active_only": true])
        #expect(active["service_node_states"] == [])
    }

    @Test(
        "Fields are chosen by name, by flags, or by taking away from all",
        arguments: [
            (#"{"fields":["height"]}"#, ["height", "service_node_states", "status"], []),
            (
                #"{"fields":{"height":true,"funded":true,"active":false}}"#,
                ["height", "service_node_states", "status"], ["funded"]
            ),
            (#"{"fields":["all","-contributors","-block_hash"],"limit":0}"#, nil, nil),
            (#"{"fields":{"active":false}}"#, nil, nil),
        ] as [(String, [String]?, [String]?)])
    func fields(params: String, top: [String]?, node: [String]?) async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        let reply = try await network.result("rpc.get_service_nodes", JSON(parsing: params))
        let fields = try #require(reply["service_node_states"]?.asArray?.first?.asObject)
        if let top, let node {
            #expect(reply.asObject?.keys.sorted() == top)
            #expect(fields.keys.sorted() == node)
        } else {
            let takesAway = params.contains("-contributors")
            #expect((fields["contributors"] == nil) == takesAway && fields["operator_fee"] != nil)
            #expect((reply["block_hash"] == nil) == takesAway && reply["height"] != nil)
        }
    }

    @Test("Only the named nodes come, in the order they were named; unknown ones are skipped")
    func named() async throws {
        let network = try await TestNetwork(nodes: 3)
        try await network.register()
        let wanted = [network.nodes[2], network.nodes[0]].map(\.legacy.publicKey.hex)
        let asked = ([wanted[0], String(repeating: "ab", count: 32)] + wanted).map { JSON.string($0) }
        let reply = try await network.result(
            "rpc.get_service_nodes",
            ["service_node_pubkeys": .array(asked), "fields": ["service_node_pubkey"]])
        #expect(reply["service_node_states"]?.asArray?.compactMap { $0["service_node_pubkey"]?.asString } == wanted)
    }

    @Test("A limit draws that many distinct nodes anew each time; a negative one shuffles all")
    func limit() async throws {
        let network = try await TestNetwork(nodes: 12)
        try await network.register()
        var seen: Set<[String]> = []
        for limit in [4, 4, 4, 4, -1, 50] {
            let reply = try await network.result(
                "rpc.get_n_service_nodes", ["limit": .int(limit), "fields": ["service_node_pubkey"]])
            let keys = try #require(
                reply["service_node_states"]?.asArray?.compactMap { $0["service_node_pubkey"]?.asString })
            #expect(keys.count == (limit == 4 ? 4 : 12) && Set(keys).count == keys.count)
            seen.insert(keys)
        }
        #expect(seen.count == 6)
    }

    @Test(
        "Parameters of a wrong type are refused with a text that names them",
        arguments: [
            (#"{"fields":7}"#, "fields"), (#"{"fields":[7]}"#, "fields"),
            (#"{"fields":{"height":1}}"#, "fields.height"),
            (#"{"limit":"many"}"#, "limit"), (#"{"active_only":1}"#, "active_only"),
            (#"{"service_node_pubkeys":["xyz"]}"#, "service_node_pubkeys"),
            (#"{"poll_block_hash":5}"#, "poll_block_hash"), (#"{"poll_block_hash":"6c3a"}"#, "poll_block_hash"),
            (#"[1]"#, "object"), (#"{"#, "JSON"),
        ])
    func wrongParameters(params: String, word: String) async throws {
        let network = try await TestNetwork(nodes: 0)
        let reply = try await network.reply("rpc.get_service_nodes", params)
        #expect(reply.count == 2 && reply[0] == "400" && reply[1].contains(word), "\(reply)")
    }

    @Test("A repeated question is answered from now after a block, and at most a second late after a proof")
    func freshAnswers() async throws {
        let network = try await TestNetwork(nodes: 2)
        let question: JSON = ["fields": ["public_ip", "height"]]
        #expect(try await network.result("rpc.get_service_nodes", question)["service_node_states"] == [])
        try await network.register()
        let silent = try await network.result("rpc.get_service_nodes", question)
        #expect(
            silent["height"] == 1
                && silent["service_node_states"] == [["public_ip": "0.0.0.0"], ["public_ip": "0.0.0.0"]])
        try await network.ping(0)
        network.clock.advance(by: .milliseconds(999))
        #expect(try await network.result("rpc.get_service_nodes", question) == silent)
        network.clock.advance(by: .milliseconds(1))
        let proved = try await network.result("rpc.get_service_nodes", question)
        #expect(proved["height"] == 1)
        #expect(proved["service_node_states"]?.asArray?.contains(["public_ip": "127.1.0.1"]) == true)
    }
}
