import SessionClient
import SessionCrypto
import SessionProtocol
import Testing

@Suite("Storing and retrieving")
struct MailboxTests {
    private func started(_ network: FakeNetwork = FakeNetwork(), chance: UInt64 = 1) async throws -> ClientFixture {
        let fixture = try ClientFixture(network, chance: chance)
        try await fixture.client.start()
        return fixture
    }

    @Test("What one client stores another reads back, byte for byte", arguments: OnionCipher.allCases)
    func delivery(cipher: OnionCipher) async throws {
        let network = FakeNetwork()
        let sender = try ClientFixture(network, seed: 1, cipher: cipher)
        let recipient = try ClientFixture(network, seed: 2, cipher: cipher, chance: 2)
        try await sender.client.start()
        try await recipient.client.start()
        let data = Bytes(0...255) + Bytes("\"\\\n".utf8)
        let result = try await sender.client.store(data, for: recipient.account, ttl: .seconds(3_600))
        #expect(result.hash == MessageHash(account: recipient.account, namespace: .inbox, data: data))
        #expect(result.acknowledged.count == 5)
        #expect(result.failed.isEmpty)
        let messages = try await recipient.client.retrieve()
        #expect(
            messages == [
                ReceivedMessage(
                    hash: result.hash, data: data, timestamp: JumpingClock.start,
                    expiration: JumpingClock.start + 3_600_000)
            ])
        #expect(try await sender.client.retrieve().isEmpty)
    }

    @Test("A private namespace is written to with the owner's signature, and only by the owner")
    func privateNamespace() async throws {
        let fixture = try await started()
        let result = try await fixture.client.store(
            [1], for: fixture.account, namespace: Namespace(3), ttl: .seconds(60))
        #expect(result.acknowledged.count == 5)
        #expect(try await fixture.client.retrieve(namespace: Namespace(3)).count == 1)
        #expect(try await fixture.client.retrieve().isEmpty)
        let stranger = try SessionIdentity(seed: Bytes(repeating: 9, count: 16)).account
        await #expect(throws: ClientError.cannotSign(stranger, Namespace(3))) {
            try await fixture.client.store([1], for: stranger, namespace: Namespace(3), ttl: .seconds(60))
        }
    }

    @Test("Data over the limit is refused before anything is sent")
    func tooLarge() async throws {
        let fixture = try await started()
        let before = fixture.network.sightings.count
        await #expect(throws: ClientError.messageTooLarge(bytes: 76_801)) {
            try await fixture.client.store(Bytes(repeating: 0, count: 76_801), for: fixture.account, ttl: .seconds(60))
        }
        #expect(fixture.network.sightings.count == before)
    }

    @Test("The swarm is asked for once, and again after a 421, whose body names the new one")
    func movedSwarm() async throws {
        let fixture = try await started()
        _ = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        _ = try await fixture.client.store([2], for: fixture.account, ttl: .seconds(60))
        #expect(fixture.network.asked("get_swarm").count == 1)
        fixture.network.change { $0.swarm = [0, 1, 2] }
        let result = try await fixture.client.store([3], for: fixture.account, ttl: .seconds(60))
        #expect(result.members.count == 3)
        #expect(fixture.network.asked("get_swarm").count == 1)
        fixture.network.change { $0.canned["store"] = Array(repeating: (421, "gone"), count: 3) }
        await #expect(throws: ClientError.self) {
            try await fixture.client.store([4], for: fixture.account, ttl: .seconds(60))
        }
        _ = try await fixture.client.store([5], for: fixture.account, ttl: .seconds(60))
        #expect(fixture.network.asked("get_swarm").count == 2, "members that send nobody's swarm are forgotten")
    }

    @Test("Pages are read to the end from one node, each from where the last one stopped")
    func pages() async throws {
        let fixture = try await started()
        for number in 0..<7 as Range<UInt8> {
            _ = try await fixture.client.store([number], for: fixture.account, ttl: .seconds(60))
        }
        fixture.network.change { $0.pageSize = 3 }
        let messages = try await fixture.client.retrieve()
        #expect(messages.map(\.data) == (0..<7).map { [$0] })
        let readers = fixture.network.asked("retrieve")
        #expect(readers.count == 3)
        #expect(Set(readers).count == 1)
    }

    @Test("When the node dies between two pages, another is read from the start and nothing comes twice")
    func lostBetweenPages() async throws {
        let fixture = try await started()
        for number in 0..<7 as Range<UInt8> {
            _ = try await fixture.client.store([number], for: fixture.account, ttl: .seconds(60))
        }
        fixture.network.change {
            $0.pageSize = 3
            $0.retrievesLeft = 2
        }
        let messages = try await fixture.client.retrieve()
        #expect(messages.map(\.data) == (0..<7).map { [$0] })
        #expect(Set(fixture.network.asked("retrieve")).count == 2)
    }

    @Test("A node that announces pages without end, or sends no page, is reported and not followed")
    func badPages() async throws {
        let bodies = [
            #"{"messages":[],"more":true}"#, #"{"messages":[]}"#, #"{"more":false}"#, "[]", "x",
            #"{"messages":[{"hash":"x"}],"more":false}"#,
        ]
        for body in bodies {
            let fixture = try await started()
            fixture.network.change { $0.canned["retrieve"] = [(200, body)] }
            let error = await #expect(throws: ClientError.self) { try await fixture.client.retrieve() }
            guard case .badReply(method: "retrieve", _, _) = error else {
                Issue.record("\(body): \(String(describing: error))")
                continue
            }
        }
        let fixture = try await started()
        let hash = MessageHash(account: fixture.account, namespace: .inbox, data: [1]).text
        let page =
            "{\"messages\":[{\"hash\":\"\(hash)\",\"data\":\"AQ==\",\"timestamp\":1,\"expiration\":2}],\"more\":true}"
        fixture.network.change { $0.canned["retrieve"] = Array(repeating: (200, page), count: 9) }
        await #expect(throws: ClientError.self) { try await fixture.client.retrieve() }
        #expect(fixture.network.asked("retrieve").count == 2)
    }

    @Test("A forged signature is reported for that member only, and a silent member as failed")
    func memberOutcomes() async throws {
        let fixture = try await started()
        let path = await fixture.path()
        let members = fixture.network.swarm
        let forger = members[0]
        let dead = try #require(members.last { !path.contains($0) && $0 != forger })
        fixture.network.change {
            $0.forgers = [forger]
            $0.dead = [dead]
        }
        let result = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        let key = { fixture.network.nodes[$0].keys.ed25519.publicKey }
        #expect(result.members[key(forger)] == .badSignature)
        #expect(result.members[key(dead)] == .failed(reason: "no answer in time"))
        #expect(result.failed == [key(forger), key(dead)].sorted())
        #expect(result.acknowledged == members.filter { $0 != forger && $0 != dead }.map(key).sorted())
    }

    @Test("A store that no member can prove is an error, not a success")
    func provenByNobody() async throws {
        let fixture = try await started()
        fixture.network.change { $0.forgers = Set(0..<8) }
        let hash = MessageHash(account: fixture.account, namespace: .inbox, data: [1])
        let error = await #expect(throws: ClientError.self) {
            try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        }
        guard case .notStored(hash, let outcomes) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(outcomes.count == 5)
    }

    @Test("An acknowledged message that was there before says so, from the entry node and from its peers")
    func already() async throws {
        let fixture = try await started()
        let first = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        let second = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        for (result, already) in [(first, false), (second, true)] {
            #expect(
                result.members.values.allSatisfy {
                    if case .acknowledged(_, already) = $0 { true } else { false }
                })
        }
        #expect(first.hash == second.hash)
    }

    @Test("A refusal is passed on with the node's status and text, and not tried again")
    func refusal() async throws {
        let fixture = try await started()
        fixture.network.change { $0.canned["store"] = [(403, "Provided expiry/TTL is not valid.")] }
        let error = await #expect(throws: ClientError.self) {
            try await fixture.client.store([1], for: fixture.account, ttl: .seconds(1))
        }
        guard case .refused(method: "store", _, status: 403, text: "Provided expiry/TTL is not valid.") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(fixture.network.asked("store").count == 1)
    }

    @Test("A failing node is passed over for another member, and the tries are bounded")
    func serverErrors() async throws {
        let fixture = try await started()
        fixture.network.change { $0.canned["store"] = [(503, "Snode not ready"), (500, "request failed")] }
        _ = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        #expect(fixture.network.asked("store").count == 3)
        #expect(Set(fixture.network.asked("store")).count == 3)
        fixture.network.change { $0.canned["store"] = Array(repeating: (500, "request failed"), count: 9) }
        let error = await #expect(throws: ClientError.self) {
            try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        }
        guard case .requestFailed(method: "store", attempts: 3, let last) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(last.cause == .destination(status: 500, text: "request failed"))
    }

    @Test("The nodes' clock is followed from their replies, and read again after a 406")
    func clocks() async throws {
        let network = FakeNetwork()
        network.change { $0.clockAhead = 3_600_000 }
        let fixture = try await started(network)
        _ = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        for number in 2..<10 as Range<UInt8> {
            _ = try await fixture.client.store([number], for: fixture.account, ttl: .seconds(60))
        }
        network.change { $0.clockAhead = -3_600_000 }
        _ = try await fixture.client.store([20], for: fixture.account, ttl: .seconds(60))
        #expect(try await fixture.client.retrieve().count == 10)
    }
}
