import SessionClient
import SessionCrypto
import SessionProtocol
import Testing

@Suite("Polling for what is new")
struct PollTests {
    private func started() async throws -> ClientFixture {
        let fixture = try ClientFixture(FakeNetwork(), chance: 1)
        try await fixture.client.start()
        return fixture
    }

    private func store(_ text: String, _ fixture: ClientFixture) async throws {
        _ = try await fixture.client.store(Bytes(text.utf8), for: fixture.account, ttl: .seconds(60))
    }

    private func poll(_ fixture: ClientFixture) async throws -> [String] {
        try await fixture.client.poll().map { String(decoding: $0.data, as: UTF8.self) }
    }

    @Test("Each message is returned by one poll only, whichever members are asked")
    func onlyNew() async throws {
        let fixture = try await started()
        #expect(try await poll(fixture) == [])
        var all: [String] = []
        for number in 1...12 {
            try await store("message \(number)", fixture)
            all += try await poll(fixture)
            #expect(try await poll(fixture) == [], "after message \(number)")
        }
        #expect(all == (1...12).map { "message \($0)" })
        #expect(Set(fixture.network.asked("retrieve")).count > 1, "only one member was ever asked")
    }

    @Test("A member is asked only for what came after the last it told of")
    func cursors() async throws {
        let fixture = try await started()
        // One member: every poll goes to it.
        fixture.network.change { $0.swarm = [4] }
        try await store("first", fixture)
        _ = try await poll(fixture)
        try await store("second", fixture)
        // A page of one: a member asked from the start would need two.
        fixture.network.change { $0.pageSize = 1 }
        let before = fixture.network.asked("retrieve").count
        #expect(try await poll(fixture) == ["second"])
        #expect(fixture.network.asked("retrieve").count == before + 1)
    }

    @Test("What came before a failure in the middle is returned by the next poll")
    func failure() async throws {
        let fixture = try await started()
        for number in 1...3 { try await store("message \(number)", fixture) }
        fixture.network.change {
            $0.pageSize = 1
            $0.retrievesLeft = 2
        }
        await #expect(throws: ClientError.self) { try await fixture.client.poll() }
        fixture.network.change { $0.retrievesLeft = nil }
        #expect(try await poll(fixture) == ["message 1", "message 2", "message 3"])
    }

    @Test("Namespaces are polled apart, and a full reading changes nothing for polls")
    func apart() async throws {
        let fixture = try await started()
        try await store("inbox", fixture)
        _ = try await fixture.client.store([1], for: fixture.account, namespace: Namespace(3), ttl: .seconds(60))
        #expect(try await fixture.client.retrieve().count == 1)
        #expect(try await fixture.client.poll(namespace: Namespace(3)).map(\.data) == [[1]])
        #expect(try await poll(fixture) == ["inbox"])
        #expect(try await fixture.client.retrieve().count == 1)
    }

    @Test("Each member is asked from its own last message: one that has another order loses nothing")
    func orders() async throws {
        let fixture = try await started()
        fixture.network.change { $0.swarm = [4] }
        for text in ["early", "late", "last"] { try await store(text, fixture) }
        // Member 4 has not got "late" yet, and member 5 got it before "last".
        fixture.network.change { state in
            let all = state.mailboxes[4, default: []]
            state.mailboxes[5] = all
            state.mailboxes[4] = [all[0], all[2]]
        }
        #expect(try await poll(fixture) == ["early", "last"])
        fixture.network.change { $0.swarm = [5] }
        // A fresh list makes the client look its swarm up again.
        try await fixture.client.start()
        #expect(try await poll(fixture) == ["late"])
    }

    @Test("Two polls at the same time return each message once")
    func atOnce() async throws {
        let fixture = try await started()
        for number in 1...5 { try await store("message \(number)", fixture) }
        async let first = fixture.client.poll()
        async let second = fixture.client.poll()
        #expect(try await first.count + second.count == 5)
        #expect(try await fixture.client.poll().isEmpty)
    }
}
