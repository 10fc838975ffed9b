import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// What the ledger's answers about service nodes are made from, and who gets the same one.
@Suite struct PublishedViewTests {
    private static let question = #"{"fields":["service_node_pubkey","public_ip","storage_port"]}"#

    /// Where a reply's bytes are: the same place for the same buffer.
    private static func place(_ bytes: Bytes) -> Int {
        bytes.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    }

    private func ask(_ network: TestNetwork, _ question: String) async throws -> Bytes {
        let reply = try #require(
            await network.transport.call(
                "rpc.get_service_nodes", [Bytes(question.utf8)], as: TestNetwork.stranger))
        try #require(reply.count == 2 && reply[0] == Bytes("200".utf8))
        return reply[1]
    }

    private func post(_ network: TestNetwork, id: String) async throws -> Bytes {
        let call = #"{"id":"\#(id)","method":"get_n_service_nodes","params":\#(Self.question)}"#
        return try #require(await network.transport.http("POST", "/json_rpc", Bytes(call.utf8))).body
    }

    @Test(
        "Everyone who asks the same gets the very same buffer, over the message queue and over HTTP")
    func oneBuffer() async throws {
        let network = try await TestNetwork(nodes: 3)
        try await network.register()
        let first = try await ask(network, Self.question)
        #expect(Self.place(try await ask(network, Self.question)) == Self.place(first))
        #expect(
            Self.place(try await ask(network, " " + Self.question)) == Self.place(first),
            "only its words differ")
        let posted = try await post(network, id: "0")
        #expect(Self.place(try await post(network, id: "0")) == Self.place(posted))
        let other = try JSON(parsing: try await post(network, id: "1"))
        #expect(other["id"] == "1")
        #expect(try JSON(parsing: posted)["result"] == other["result"])
        #expect(try JSON(parsing: first) == other["result"])
    }

    @Test(
        "Askers with different old blocks get one buffer; the top block's hash gets another answer, kept too"
    )
    func polls() async throws {
        let network = try await TestNetwork(nodes: 2)
        try await network.register()
        let top = await network.ledger.status.topHash.hex
        func poll(_ hash: String) async throws -> Bytes {
            try await ask(network, #"{"fields":["public_ip"],"poll_block_hash":"\#(hash)"}"#)
        }
        let old = try await poll(String(repeating: "ab", count: 32))
        #expect(Self.place(try await poll(String(repeating: "cd", count: 32))) == Self.place(old))
        let same = try await poll(top)
        #expect(Self.place(try await poll(top)) == Self.place(same))
        #expect(try JSON(parsing: old)["unchanged"] == false)
        #expect(try JSON(parsing: same)["unchanged"] == true)
        try await network.ping(0)
        try await network.ping(1)
        #expect(await network.ledger.status.topHash.hex != top)
        #expect(try JSON(parsing: try await poll(top))["unchanged"] == false)
    }

    @Test("A later view whose answer came out the same still gives the buffer it gave before")
    func unchangedAnswer() async throws {
        let network = try await TestNetwork(nodes: 2)
        try await network.register()
        for index in 0..<2 { try await network.ping(index) }
        let first = try await ask(network, Self.question)
        let timed = #"{"fields":["service_node_pubkey","last_uptime_proof"]}"#
        let firstTimed = try await ask(network, timed)
        network.clock.advance(by: .seconds(3_600))
        for index in 0..<2 { try await network.ping(index) }
        #expect(network.events.all(.uptimeProof).count == 4)
        #expect(Self.place(try await ask(network, Self.question)) == Self.place(first))
        #expect(try await ask(network, timed) != firstTimed)
    }

    @Test(
        "A reply that is made again differs from the last only in nodes that changed, and is what a new ledger says"
    )
    func rebuilt() async throws {
        let network = try await TestNetwork(nodes: 5)
        let fresh = try await TestNetwork(nodes: 5)
        try await network.register()
        try await fresh.register()
        for index in 0..<4 {
            try await network.ping(index)
            network.clock.advance(by: .seconds(1))
            _ = try await ask(network, "{}")
            _ = try await ask(network, Self.question)
        }
        try await network.ping(2, httpsPort: 9)
        network.clock.advance(by: .seconds(1))
        for index in [0, 1, 3, 2] {
            fresh.clock.advance(by: .seconds(index == 2 ? 1 : index == 3 ? 2 : index))
            try await fresh.ping(index, httpsPort: index == 2 ? 9 : 22_021)
        }
        #expect(try await ask(network, Self.question) == (try await ask(fresh, Self.question)))
        #expect(try await ask(network, "{}") == (try await ask(fresh, "{}")))
    }

    @Test("What is earned with each block is told anew even where nothing else changed")
    func heights() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        let question = #"{"fields":["earned_downtime_blocks","payable"]}"#
        #expect(
            try JSON(parsing: try await ask(network, question))["service_node_states"]
                == [["earned_downtime_blocks": 60, "payable": false]])
        for port in 1...31 { try await network.ping(0, httpsPort: port) }
        #expect(await network.ledger.status.height == 32)
        #expect(
            try JSON(parsing: try await ask(network, question))["service_node_states"]
                == [["earned_downtime_blocks": 61, "payable": false]])
    }

    @Test("Unusual questions do not pile up")
    func bound() {
        var view = PublishedView(
            of: ChainView(LedgerChain(genesis: TestNetwork.genesis(for: 1)), lag: 0),
            UptimeProofs(timing: ProofTiming()), at: .zero, replacing: nil)
        for number in 0..<40 { _ = view.keep([UInt8(number)], to: .queue([UInt8(number)], isNode: false)) }
        let kept = (0..<40).filter { view.answer(to: .queue([UInt8($0)], isNode: false)) != nil }
        #expect(kept.count <= 16 && kept.last == 39)
    }

    @Test("Subscriptions keep the order they came in, through renewals and expiries")
    func subscriptions() {
        var subscriptions = BlockSubscriptions()
        let connections = (0..<6).map { OMQConnection(route: [UInt8($0)]) }
        func add(_ index: Int, at seconds: Int) -> Bool {
            subscriptions.add(connections[index], of: TestNetwork.stranger, at: .seconds(seconds))
        }
        for index in [3, 1, 4, 0] { #expect(add(index, at: index)) }
        #expect(!add(4, at: 100))
        #expect(!add(3, at: 200))
        #expect(subscriptions.subscribers.map(\.connection) == [3, 1, 4, 0].map { connections[$0] })
        subscriptions.removeExpired(at: .seconds(1_803))
        #expect(subscriptions.subscribers.map(\.connection) == [3, 4].map { connections[$0] })
        #expect(add(1, at: 1_803), "it had run out")
        #expect(subscriptions.subscribers.map(\.connection) == [3, 4, 1].map { connections[$0] })
        #expect(add(4, at: 1_900), "it had run out when it came")
        #expect(subscriptions.subscribers.map(\.connection) == [3, 1, 4].map { connections[$0] })
    }

    @Test("A key is free again once its node proves itself with another one or is registered anew")
    func keyIndex() throws {
        let keys = TestNetwork.keys(3)
        func proof(_ node: Int, key: Int) -> UptimeProof {
            UptimeProof(
                node: keys[node].legacy.publicKey, ed25519: keys[key].ed25519.publicKey,
                x25519: keys[key].x25519.publicKey, publicIP: .loopback, httpsPort: 1, omqPort: 2,
                storageServerVersion: [2, 8, 0])
        }
        var proofs = UptimeProofs(timing: ProofTiming())
        func offer(_ node: Int, key: Int) -> UptimeProofs.Verdict {
            proofs.offer(proof(node, key: key), isRegistered: true, at: .zero, timestamp: 0)
        }
        #expect(offer(0, key: 0) == .accepted(isNewAddress: true))
        #expect(offer(1, key: 0) == .keyTaken(by: keys[0].legacy.publicKey))
        #expect(offer(0, key: 2) == .accepted(isNewAddress: true))
        #expect(offer(1, key: 0) == .accepted(isNewAddress: true))
        #expect(offer(0, key: 0) == .keyTaken(by: keys[1].legacy.publicKey))
        proofs.forget(keys[1].legacy.publicKey)
        #expect(offer(0, key: 0) == .accepted(isNewAddress: true))
    }

    @Test("A repeated ping counts as a ping, and another text in between is read")
    func repeatedPing() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        for _ in 1...2 { #expect(try await network.ping(0)["status"] == "OK") }
        let complaint = try await network.ping(0, extra: ["error": "disk full"])
        #expect(complaint["status"] == "Error: the storage server reports: disk full")
        #expect(try await network.ping(0, extra: ["error": "disk full"]) == complaint)
        network.clock.advance(by: .seconds(3_590))
        #expect(network.events.all(.uptimeProof).count == 1)
        for _ in 1...2 { #expect(try await network.ping(0)["status"] == "OK") }
        #expect(network.events.all(.uptimeProof).count == 2)
    }
}
