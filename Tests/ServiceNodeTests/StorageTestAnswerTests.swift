import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// How a node answers those who test its storage (storage-node §9.2).
@Suite(.workLimit(minutes: 1)) struct StorageTestAnswerTests {
    /// In the order of their legacy keys, so that the vectors' indices are theirs.
    private static let pair = [NodeKeys(networkSeed: 7, name: "sn1"), NodeKeys(networkSeed: 7, name: "sn2")]
        .sorted { $0.legacy.publicKey < $1.legacy.publicKey }
    private static let tester = pair[0]
    private static let testee = pair[1]
    /// Of two, the first tests the second.
    private static let ours = "cabdbdfa02c612a9652e5e4965db9180b25e68ffcdb4deb4b278992a3967c67f"
    /// And the other way round.
    private static let theirs = "b280d41aeb995be37ebe7594ca13036fefa9d29b194015a137077017bbe0e947"

    private static func table(_ height: Int, _ hash: String, _ keys: [NodeKeys] = pair) -> JSON {
        ledgerTable(keys.map { ListedNode($0) }, height: height, block: hash)
    }

    private let message: StoredMessage
    private let name: Bytes

    init() throws {
        let account = try TestAccount().session
        let data = Bytes("hello".utf8)
        let hash = MessageHash(account: account, namespace: .inbox, data: data)
        message = StoredMessage(
            account: account, namespace: .inbox, hash: hash, timestamp: TestClock.epoch, expiry: .max, data: data)
        name = try #require(Base64.decode(hash.text))
    }

    private func ask(
        _ node: TestNode, _ height: String, _ hash: Bytes? = nil, from caller: NodeKeys = tester
    ) async throws -> [String] {
        try await node.texts("sn.storage_test", [Bytes(height.utf8), hash ?? name], from: caller.x25519.publicKey)
    }

    @Test("A message it holds is given back, by a block it remembers")
    func holds() async throws {
        let node = try TestNode(keys: Self.testee, table: Self.table(7, Self.ours))
        try node.follow(Self.table(8, Self.theirs))
        _ = try await node.store.store(message)
        #expect(try await ask(node, "7") == ["OK", "hello"])
    }

    @Test("A request that this block does not allow is wrong at once")
    func wrongRequests() async throws {
        let third = NodeKeys(networkSeed: 7, name: "sn3")
        let cases: [(String, keys: NodeKeys, tables: [JSON], height: String, caller: NodeKeys)] = [
            ("another node is tested at this height", Self.testee, [Self.table(7, Self.theirs)], "7", Self.tester),
            ("the testee asks itself", Self.testee, [Self.table(7, Self.ours)], "7", Self.testee),
            ("the block is not remembered", Self.testee, [Self.table(7, Self.ours)], "6", Self.tester),
            (
                "a node of another swarm asks", Self.testee,
                [
                    ledgerTable(
                        Self.pair.map { ListedNode($0) } + [ListedNode(third, swarm: 0x99)], height: 7,
                        block: Self.ours)
                ], "7", third
            ),
            (
                "the swarm is too small", Self.testee,
                [
                    ledgerTable(
                        [ListedNode(Self.testee), ListedNode(Self.tester, swarm: 0x99)], height: 7, block: Self.ours)
                ], "7", Self.tester
            ),
            (
                "this node is in no swarm", Self.testee,
                [
                    ledgerTable(
                        [ListedNode(Self.testee, swarm: ListedNode.decommissioned), ListedNode(Self.tester)], height: 7,
                        block: Self.ours)
                ], "7", Self.tester
            ),
        ]
        for (why, keys, tables, height, caller) in cases {
            let node = try TestNode(keys: keys, table: tables[0])
            _ = try await node.store.store(message)
            #expect(try await ask(node, height, from: caller) == ["wrong request"], "\(why)")
        }
    }

    @Test(
        "A request that cannot be read is named as such",
        arguments: [
            ([], "invalid parameters"), (["7"], "invalid parameters"), (["7", "h", "x"], "invalid parameters"),
            (["", "h"], "invalid height"), (["-7", "h"], "invalid height"), (["+7", "h"], "invalid height"),
            (["0x7", "h"], "invalid height"), (["18446744073709551616", "h"], "invalid height"),
            (["7", "h"], "invalid msg hash"), (["7", ""], "invalid msg hash"),
            (["7", String(repeating: "h", count: 43)], "invalid msg hash"),
        ] as [([String], String)])
    func unreadable(parts: [String], word: String) async throws {
        let node = try TestNode(keys: Self.testee, table: Self.table(7, Self.ours))
        let reply = try await node.texts(
            "sn.storage_test", parts.map { Bytes($0.utf8) }, from: Self.tester.x25519.publicKey)
        #expect(reply == [word])
    }

    @Test("A caller that is no active node any more when its request is read has an invalid key")
    func strangers() async throws {
        let node = try TestNode(keys: Self.testee, table: Self.table(7, Self.ours))
        let caller = OMQCaller(
            publicKey: TestNode.stranger, address: .loopback, connection: OMQConnection(route: [1]))
        let call = OMQCall(command: "sn.storage_test", parts: [Bytes("x".utf8), []], caller: caller)
        #expect(await StorageTestAnswer(node: node.state).answer(call) == [Bytes("invalid pubkey".utf8)])
    }

    @Test(
        "Of the blocks a node saw, the last thirty are remembered; heights are plain decimal numbers",
        arguments: [
            ("1", ["wrong request"]), ("10", ["wrong request"]), ("11", ["OK", "hello"]), ("40", ["OK", "hello"]),
            ("0011", ["OK", "hello"]), ("0", ["wrong request"]),
        ])
    func rememberedBlocks(height: String, expected: [String]) async throws {
        let node = try TestNode(keys: Self.testee, table: Self.table(1, Self.ours))
        for height in 2...40 { try node.follow(Self.table(height, Self.ours)) }
        _ = try await node.store.store(message)
        #expect(try await ask(node, height) == expected)
    }

    @Test("Whether the block allows it is looked at before the message is, and before the form of old names")
    func order() async throws {
        for hash in [Bytes(repeating: 9, count: 32), Bytes(repeating: 9, count: 64), Bytes(message.hash.text.utf8)] {
            let node = try TestNode(keys: Self.testee, table: Self.table(7, Self.theirs))
            let expected = hash.count == 43 ? "invalid msg hash" : "wrong request"
            #expect(try await ask(node, "7", hash) == [expected])
        }
    }

    /// Asks and, while the node waits, lets `meanwhile` happen after each look; that says when to stop.
    private func waiting(
        _ node: TestNode, height: String = "7", hash: Bytes? = nil, _ meanwhile: () async throws -> Void
    ) async throws -> [String] {
        async let reply = ask(node, height, hash)
        await node.clock.untilSomeoneSleeps(until: .milliseconds(50))
        try await meanwhile()
        return try await reply
    }

    @Test("A message that comes while the node is asked for it is given back at the next look")
    func lateMessage() async throws {
        let node = try TestNode(keys: Self.testee, table: Self.table(7, Self.ours))
        let reply = try await waiting(node) {
            node.clock.advance(by: .milliseconds(50))
            await node.clock.untilSomeoneSleeps(until: .milliseconds(100))
            _ = try await node.store.store(message)
            node.clock.advance(by: .milliseconds(50))
        }
        #expect(reply == ["OK", "hello"])
        #expect(node.clock.uptime == .milliseconds(100))
    }

    @Test("A block that comes while the node is asked about it is waited for, and then decides")
    func lateBlock() async throws {
        for (hash, expected) in [(Self.ours, ["OK", "hello"]), (Self.theirs, ["wrong request"])] {
            let node = try TestNode(keys: Self.testee, table: Self.table(7, "00000000"))
            _ = try await node.store.store(message)
            let reply = try await waiting(node, height: "8") {
                try node.follow(Self.table(8, hash))
                node.clock.advance(by: .milliseconds(50))
            }
            #expect(reply == expected)
        }
    }

    @Test("After 55 seconds, not before, a node says that it does not have the message")
    func missing() async throws {
        for hash in [name, Bytes(repeating: 1, count: 64), Bytes(Hex.encode(name).utf8)] {
            let node = try TestNode(keys: Self.testee, table: Self.table(7, Self.ours))
            let reply = try await waiting(node, hash: hash) {
                node.clock.advance(by: .milliseconds(54_999))
                await node.clock.untilSomeoneSleeps(until: .milliseconds(55_049))
                node.clock.advance(by: .milliseconds(50))
            }
            #expect(reply == ["other"])
        }
    }

    @Test("A store that cannot be read does not show the message either")
    func brokenStore() async throws {
        let node = try TestNode(
            keys: Self.testee, table: Self.table(7, Self.ours),
            store: FailingStore(error: .failed(operation: "look", code: 5, message: "no")))
        let reply = try await waiting(node) { node.clock.advance(by: .seconds(55)) }
        #expect(reply == ["other"])
    }
}
