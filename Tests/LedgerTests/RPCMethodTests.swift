import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// The smaller methods, over every transport that serves them.
@Suite struct RPCMethodTests {
    private func post(_ network: TestNetwork, _ method: String, _ params: JSON) async throws -> JSON {
        let call = JSON.object(["id": 1, "method": .string(method), "params": params])
        let reply = try #require(await network.transport.http("POST", "/json_rpc", call.utf8))
        return try JSON(parsing: reply.body)
    }

    /// Asks over both transports.
    private func ask(_ network: TestNetwork, _ method: String, _ params: JSON = [:]) async throws -> JSON {
        let posted = try #require(try await post(network, method, params)["result"])
        let queued = try await network.result("rpc.\(method)", params)
        #expect(posted == queued, "both transports tell the same")
        return queued
    }

    /// Height 1: three nodes; 2: their addresses; 3: one set aside; 4: taken back; 5: thrown out; 6: another wants out.
    private func eventful() async throws -> TestNetwork {
        let network = try await TestNetwork.live(nodes: 3)
        try await network.forced(.decommission, 1)
        try await network.forced(.recommission, 1)
        try await network.forced(.deregister, 1)
        let entry = try #require(
            await network.ledger.status.nodes.first { $0.node == network.nodes[2].legacy.publicKey }?.entry)
        try await network.ledger.submit([
            .unlock(
                UnlockTransaction(
                    node: entry.node, keyImage: entry.contributors[0].stakes[0].keyImage, owner: TestNetwork.wallet))
        ])
        return network
    }

    @Test("Every method is served under all its names, on the transports that are its own")
    func names() async throws {
        let network = try await TestNetwork(nodes: 1)
        let own = network.nodes[0].x25519.publicKey
        #expect(RPCMethod.all.count == 17 && Set(RPCMethod.all.flatMap(\.names)).count == 22)
        for method in RPCMethod.all {
            for name in method.names {
                let code = try await post(network, name, [:])["error"]?["code"]
                let isServed = method.access == .anyone
                #expect((code == -32_601) == !isServed, "\(name) over HTTP")
                let command = "\(isServed ? "rpc" : "admin").\(name)"
                let reply = try await network.reply(command, "{}", as: own)
                #expect(["200", "400"].contains(reply[0]), "\(command): \(reply)")
                let other = try await network.reply("\(isServed ? "admin" : "rpc").\(name)", "{}", as: own)
                #expect(other == ["UNKNOWNCOMMAND"], "\(other)")
            }
        }
    }

    @Test("What happened to nodes is counted by kind, between two heights with both included")
    func stateChanges() async throws {
        let network = try await eventful()
        let cases: [(start: Int64, end: Int64, counts: [Int64])] = [
            (0, 6, [1, 1, 1, 0, 1]), (3, 3, [0, 1, 0, 0, 0]), (4, 5, [1, 0, 1, 0, 0]), (6, 6, [0, 0, 0, 0, 1]),
        ]
        for (start, end, counts) in cases {
            let reply = try await ask(
                network, "get_service_nodes_state_changes",
                ["start_height": .integer(start), "end_height": .integer(end)])
            #expect(
                reply == [
                    "status": "OK", "start_height": .integer(start), "end_height": .integer(end),
                    "total_deregister": .integer(counts[0]), "total_decommission": .integer(counts[1]),
                    "total_recommission": .integer(counts[2]), "total_ip_change_penalty": .integer(counts[3]),
                    "total_unlock": .integer(counts[4]),
                ])
        }
        for (start, end, code) in [(4, 3, -1), (0, 7, -2)] as [(Int, Int, JSON)] {
            let reply = try await post(
                network, "get_service_nodes_state_changes", ["start_height": .int(start), "end_height": .int(end)])
            #expect(reply["error"]?["code"] == code)
        }
    }

    @Test("The blacklist names the stakes of a node that was thrown out, until when and how much")
    func blacklist() async throws {
        let network = try await eventful()
        let reply = try await ask(network, "get_service_node_blacklisted_key_images")
        let stake = try #require(await network.ledger.blacklist.first)
        #expect(
            reply == [
                "status": "OK",
                "blacklist": [
                    [
                        "key_image": .string(Hex.encode(stake.keyImage)), "amount": 18_550_000_000_000,
                        "unlock_height": 21_605,
                    ]
                ],
            ])
    }

    @Test("A quorum is shown with its validators and workers; other kinds of quorums are none")
    func quorums() async throws {
        let network = try await TestNetwork.live(nodes: 13)
        let quorum = try #require(await network.ledger.quorum(at: 2))
        #expect(quorum.validators.count == 10 && quorum.workers.count == 3)
        let shown: JSON = [
            "height": 2, "quorum_type": 0,
            "quorum": [
                "validators": .array(quorum.validators.map { .string($0.hex) }),
                "workers": .array(quorum.workers.map { .string($0.hex) }),
            ],
        ]
        let cases: [(params: JSON, quorums: JSON)] = [
            (["start_height": 2, "end_height": 2, "quorum_type": 0], [shown]), ([:], [shown]),
            (["quorum_type": 255], [shown]), (["quorum_type": 1], []),
        ]
        for (params, quorums) in cases {
            #expect(try await ask(network, "get_quorum_state", params) == ["status": "OK", "quorums": quorums])
        }
        let all = try await ask(network, "get_quorum_state", ["start_height": 0])
        #expect(all["quorums"]?.asArray?.count == 3)
        try await network.ledger.advance(blocks: 260)
        for wrong in [["quorum_type": 4], ["start_height": 3, "end_height": 259]] as [JSON] {
            #expect(try await post(network, "get_quorum_state", wrong)["error"]?["code"] == -1)
        }
    }

    @Test("The staking requirement is that of the next block, or of the height asked for")
    func requirement() async throws {
        var rules = TestNetwork.rules
        rules.requirement = .curve
        let network = try await TestNetwork(nodes: 1, rules: rules)
        #expect(
            try await ask(network, "get_staking_requirement")
                == ["height": 1, "staking_requirement": .uint(rules.requirement(at: 1).atomic), "status": "OK"])
        #expect(
            try await ask(network, "get_staking_requirement", ["height": 180_000])["staking_requirement"]
                == 15_000_000_000_000)
        #expect(
            try await post(network, "get_staking_requirement", ["height": .uint(.max)])["error"]?["code"] == -2)
    }

    @Test("A name resolves by its hash in hex or base64 and under both method names; an unknown one to nothing")
    func names2() async throws {
        let network = try await TestNetwork(nodes: 0)
        let name = try SessionName("Alice")
        let account = try #require(AccountID([5] + Bytes(repeating: 9, count: 32)))
        let record = NameRecord(of: account, named: name, chance: [4])
        try await network.ledger.submit([
            .name(
                NameRegistration(name: NameHash(of: name), record: record, owner: TestNetwork.wallet, burn: .coins(20)))
        ])
        let hash = NameHash(of: name)
        let expected: JSON = [
            "encrypted_value": .string(Hex.encode(record.encryptedValue)), "nonce": .string(Hex.encode(record.nonce)),
        ]
        let texts = [hash.hex, Base64.encode(hash.bytes), Base64.encode(hash.bytes, padded: false)]
        for method in ["ons_resolve", "lns_resolve"] {
            for text in texts {
                #expect(try await ask(network, method, ["type": 0, "name_hash": .string(text)]) == expected)
            }
        }
        let other = String(repeating: "a", count: 64)
        #expect(try await ask(network, "ons_resolve", ["type": 0, "name_hash": .string(other)]) == [:])
        #expect(try await ask(network, "ons_resolve", ["type": 2, "name_hash": .string(hash.hex)]) == [:])
        let wrong: [JSON] = [
            ["name_hash": .string(hash.hex)], ["type": 3, "name_hash": .string(hash.hex)], ["type": 0],
            ["type": 0, "name_hash": "ab"], ["type": 0, "name_hash": .string(String(repeating: "?", count: 64))],
        ]
        for params in wrong { #expect(try await post(network, "ons_resolve", params)["error"]?["code"] == -1) }
    }

    @Test("A name costs what its hard fork says, and nothing once it is taken, if only by what waits for a block")
    func namePrice() async throws {
        for blockTime in [LedgerConfiguration.BlockTime.auto, .every(.seconds(60))] {
            let network = try await TestNetwork(nodes: 0, blockTime: blockTime)
            let name = try SessionName("alice")
            let account = try #require(AccountID([5] + Bytes(repeating: 9, count: 32)))
            let hash = NameHash(of: name)
            #expect(await network.ledger.price(of: hash) == .coins(20))
            try await network.ledger.submit([
                .name(
                    NameRegistration(
                        name: hash, record: NameRecord(of: account, named: name, chance: []),
                        owner: TestNetwork.wallet, burn: .coins(20)))
            ])
            #expect(await network.ledger.pending.isEmpty == (blockTime == .auto))
            #expect(await network.ledger.price(of: hash) == .zero)
            #expect(await network.ledger.price(of: NameHash(of: try SessionName("bob"))) == .coins(20))
        }
    }

    @Test("What wallets have earned in batches is told for all of them, or for those asked about")
    func accrued() async throws {
        var rules = TestNetwork.rules
        rules.rewards = .batched(interval: 2_520, minimum: .coins(1))
        rules.blocksUntilPayable = 0
        let network = try await TestNetwork.live(nodes: 1, rules: rules)
        try await network.ledger.advance(blocks: 10)
        let wallet = TestNetwork.wallet.address.description
        let all = try await ask(network, "get_accrued_rewards")
        let earned = try #require(all["balances"]?[wallet]?.asUnsigned)
        let state = await network.ledger.chain.state
        #expect(earned > 0 && earned == state.accrued.values.reduce(0, +) / 1_000)
        #expect(
            try await ask(network, "get_accrued_rewards", ["addresses": ["nobody"]])
                == ["balances": ["nobody": 0], "status": "OK"])
        #expect(try await post(network, "get_accrued_rewards", ["addresses": [1]])["error"]?["code"] == -1)
    }
}
