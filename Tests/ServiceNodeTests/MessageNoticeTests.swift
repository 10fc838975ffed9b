import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// What subscribers are told, and when (storage-node §12.3).
@Suite(.workLimit(minutes: 1)) struct MessageNoticeTests {
    private let account: TestAccount
    private let node: TestNode

    init() throws {
        account = try TestAccount()
        node = try TestNode()
    }

    private func subscribe(
        _ namespaces: [Int16], data: Bool = false, over route: UInt8 = 1, group: Bool = false, at node: TestNode? = nil
    ) async throws {
        let watched = group ? account.group : account.session
        let time = Int64(1_700_000_000)
        let text = SignedText.monitor(
            watched, timestamp: time, wantsData: data, namespaces: namespaces.map { Namespace($0) })
        let request = Bencode.dictionary([
            group ? "p" : "P": .bytes(group ? watched.bytes : account.keys.publicKey.bytes), "d": .bool(data),
            "n": .list(namespaces.map { .integer(Int64($0)) }), "s": .bytes(account.keys.sign(text)),
            "t": .integer(time),
        ])
        let reply = try await (node ?? self.node).frames("monitor.messages", [request.encoded], over: route)
        #expect(reply == [Bytes("d7:successi1ee".utf8)])
    }

    /// To which connections something was pushed.
    private var told: [UInt8] { node.transport.pushes.compactMap(\.connection.route.first) }

    @Test("The notice of the vectors goes out, byte for byte, over the connection that subscribed")
    func vector() async throws {
        let vectors = try vectors("storage")
        _ = try await node.frames("monitor.messages", [vectors.bytes("monitor_request_hex")], over: 9)
        _ = try await node.result("store", account.store())
        let notice = try vectors.bytes("notify_message_hex")
        #expect(
            node.transport.pushes
                == [.init(command: "notify.message", parts: [notice], connection: OMQConnection(route: [9]))])
    }

    @Test("Without `d` the notice ends before the data")
    func withoutData() async throws {
        try await subscribe([0])
        _ = try await node.result("store", account.store())
        let notice = try Bencode(parsing: try #require(node.transport.pushes.first?.parts.first))
        #expect(
            notice
                == .dictionary([
                    "@": .bytes(account.session.bytes), "h": .text("MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8"),
                    "n": .integer(0), "t": .integer(1_700_000_000_000), "z": .integer(1_700_086_400_000),
                ]))
    }

    @Test("Each connection is told once of each new message in its namespaces, and of nothing else")
    func matching() async throws {
        try await subscribe([0, 10], over: 1)
        try await subscribe([10, 20], over: 1)
        try await subscribe([10], data: true, over: 2)
        try await subscribe([0, 10, 20], over: 3, group: true)
        for (namespace, expected) in [(0, [1]), (10, [1, 2]), (20, [1]), (30, [])] as [(Int16, [UInt8])] {
            let before = told.count
            let parameters = account.store("\(namespace)", extra: ["namespace": .integer(Int64(namespace))])
            _ = try await node.result("store", parameters)
            #expect(Array(told[before...]) == expected, "namespace \(namespace)")
        }
        let data = try node.transport.pushes.map { try Bencode(parsing: $0.parts[0])["~"] != nil }
        #expect(data == [false, false, true, false])
    }

    @Test("A message the node had already, extended or not, is nobody's news; nor is one that came in bulk")
    func notNew() async throws {
        try await subscribe([0])
        _ = try await node.result("store", account.store())
        #expect(told == [1])
        _ = try await node.result("store", account.store())
        _ = try await node.result("store", account.store("hello", extra: ["ttl": 172_800_000]))
        let data = Bytes("bulk".utf8)
        let message = StoredMessage(
            account: account.session, namespace: .inbox,
            hash: MessageHash(account: account.session, namespace: .inbox, data: data), timestamp: TestClock.epoch,
            expiry: TestClock.epoch + 86_400_000, data: data)
        #expect(await node.state.transfers.receive([DataBlob.encode([message])]) == [])
        #expect(try await node.store.message(message.hash) != nil)
        #expect(told == [1])
    }

    @Test("A store that a peer forwards is news as well")
    func forwarded() async throws {
        let peer = NodeKeys(networkSeed: 7, name: "sn2")
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(peer, ip: "127.1.0.2")]))
        try await subscribe([0], at: node)
        let copy = try vectors("storage").need("sn_storage_cc").bytes("part1_hex")
        _ = try await node.frames("sn.storage_cc", [Bytes("store".utf8), copy], from: peer.x25519.publicKey)
        #expect(node.transport.pushes.count == 1)
    }

    @Test("A message the database did not take is announced to nobody")
    func notStored() async throws {
        let node = try TestNode(store: FailingStore(error: .full))
        try await subscribe([0], at: node)
        _ = try await node.result("store", account.store())
        #expect(node.transport.pushes.isEmpty)
    }

    @Test("The node's uptime decides when a subscription has ended, whatever its wall clock does")
    func ending() async throws {
        try await subscribe([0])
        node.clock.advance(by: .seconds(3899))
        _ = try await node.result("store", account.store("a"))
        #expect(told == [1])
        node.clock.advance(by: .seconds(1))
        _ = try await node.result("store", account.store("b"))
        #expect(told == [1])
    }

    /// What a node with so much room for subscriptions answers.
    private func answer(_ request: Bytes, _ capacity: SubscriptionTable.Capacity) -> String {
        let caller = OMQCaller(publicKey: TestNode.stranger, address: nil, connection: OMQConnection(route: [1]))
        let call = OMQCall(command: "monitor.messages", parts: [request], caller: caller)
        let subscriptions = MessageSubscriptions(environment: node.state.environment, capacity: capacity)
        return String(decoding: subscriptions.answer(call), as: UTF8.self)
    }

    @Test("A list of more entries than a connection may have subscriptions is refused whole, whatever they are")
    func longLists() async throws {
        let text = "Invalid arguments: the list has 3 entries, and a connection may have 2 subscriptions"
        let refusal = "d7:errcodei1e5:error\(text.utf8.count):\(text)e"
        for list in ["ldededee", "li1ei1ei1ee"] {
            #expect(answer(Bytes(list.utf8), .init(perConnection: 2)) == refusal)
        }
        let most = answer(Bytes("ldedee".utf8), .init(perConnection: 2))
        #expect(try Bencode(parsing: Bytes(most.utf8)).asList?.count == 2)
        // However long it is, it is not answered with forty times as much.
        let long = Bytes("l\(String(repeating: "de", count: 20_001))e".utf8)
        let reply = try #require(try await node.frames("monitor.messages", [long]))
        #expect(reply.map(\.count).reduce(0, +) < 200)
    }

    @Test("Whoever has too many subscriptions is told so, with the number for bad arguments")
    func tooMany() async throws {
        let request = try vectors("storage").bytes("monitor_request_hex")
        func answer(_ capacity: SubscriptionTable.Capacity) -> String { self.answer(request, capacity) }
        #expect(
            answer(.init(perConnection: 0))
                == "d7:errcodei1e5:error57:This connection has as many subscriptions as one may havee")
        #expect(
            answer(.init(total: 0)) == "d7:errcodei1e5:error47:This node has as many subscriptions as it takese")
        #expect(
            answer(.init(namespaces: 2))
                == "d7:errcodei3e5:error62:n= namespace list adds up to more than a subscription may havee")
    }
}
