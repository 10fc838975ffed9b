import Faults
import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite("Judged transport") struct JudgedTransportTests {
        private typealias Here = JudgedParticipant
        private static let sendable = Envelope.Kind.allCases.filter { $0 != .connect }
        private static let soon = Latency.fixed(.milliseconds(300))

        @Test("Without rules everything passes at once and as it was")
        func untouched() async throws {
            let here = try Here()
            try await here.serve()
            #expect(await here.request("q.do", [7]) == .reply([Bytes("0".utf8)]))
            #expect(await here.post([8]) == "201")
            #expect(await here.below.receive("q.join", [[1], [2]], from: Here.there) == [])
            #expect(await here.below.receive("q.echo", [[4], []], from: Here.there) == [[4], []])
            #expect(await here.below.receive(post: "/", from: Here.there) == HTTPReply(status: 200, body: [1, 2, 3]))
            let connection = OMQConnection(route: [0, 9])
            #expect(
                here.below.sent.withLock { $0 } == [
                    NotedTransport.Sent(kind: .request, name: "q.do", body: [[7]]),
                    NotedTransport.Sent(kind: .post, name: Here.post().url, body: [[8]]),
                    NotedTransport.Sent(kind: .push, name: "q.joined", body: [[1]], connection: connection),
                    NotedTransport.Sent(kind: .push, name: "q.joined", body: [[2]], connection: connection),
                ])
        }

        @Test("A rule strikes the messages of its direction, kind and name, and no others", arguments: sendable)
        func envelopes(kind: Envelope.Kind) async throws {
            let names: [Envelope.Kind: String] = [
                .request: "q.do", .post: "POST /a/b?c", .push: "q.joined", .reply: "q.echo", .postReply: "POST /a",
            ]
            let name = try #require(names[kind])
            let kinds = Envelope.Kinds(kind)
            // The command that pushes is answered as well.
            let others = Envelope.Kinds.all.subtracting(kind == .push ? [.push, .reply] : kinds)
            let here = try Here(
                LinkRule("the way back", from: .only(Here.there), to: .only(Here.here), effect: .cut),
                LinkRule("other kinds", kinds: others, effect: .cut),
                LinkRule("another name", kinds: kinds, namePrefix: name + "x", effect: .cut),
                LinkRule(
                    "this", from: .only(Here.here), to: .only(Here.there), kinds: kinds, namePrefix: name,
                    effect: .delay(Self.soon)))
            try await here.serve()
            async let arrived = here.send(kind)
            // An answer never overtakes what was pushed before it.
            await here.clock.untilSleeping(kind == .push ? 2 : 1, until: .milliseconds(300))
            #expect(here.below.names().isEmpty)
            here.clock.advance(by: .milliseconds(300))
            #expect(await arrived)
        }

        @Test(
            "What is cut or dropped is not sent, and ends with the asker's own time-out",
            arguments: [LinkEffect.cut, .drop(.always)])
        func lost(effect: LinkEffect) async throws {
            let here = try Here(LinkRule("lost", kinds: [.request, .post, .push, .reply], effect: effect))
            try await here.serve()
            async let outcome = here.request()
            async let status = here.post()
            await here.clock.untilSleeping(2, until: .seconds(5))
            here.clock.advance(by: .seconds(5))
            #expect(await outcome == .timedOut)
            #expect(await status == "\(TransportError.timedOut(address: Here.post().url, after: .seconds(5)))")
            #expect(await here.below.receive("q.join", [[1]], from: Here.there) == nil)
            #expect(await here.below.receive("q.echo", [[1]], from: Here.there) == nil)
            #expect(here.below.names().isEmpty)
        }

        @Test("What is reset fails at once with a reason that names the rules")
        func reset() async throws {
            let here = try Here(LinkRule("reset", effect: .reset(.always)))
            try await here.serve()
            let reason = "the connection was reset by a rule"
            #expect(await here.request() == .unreachable(reason))
            #expect(await here.post() == "\(TransportError.unreachable(address: Here.post().url, reason: reason))")
            #expect(await here.below.receive("q.join", [[1]], from: Here.there) == nil)
            #expect(here.below.names().isEmpty)
        }

        @Test("A request that is delayed beyond its time is given up in time, and sent late all the same")
        func sentLate() async throws {
            let here = try Here(LinkRule("late", effect: .delay(.fixed(.seconds(7)))))
            async let outcome = here.request("q.late")
            await here.clock.untilSomeoneSleeps(until: .seconds(5))
            await here.clock.untilSomeoneSleeps(until: .seconds(7))
            here.clock.advance(by: .seconds(5))
            #expect(await outcome == .timedOut)
            #expect(here.below.names().isEmpty)
            here.clock.advance(by: .seconds(2))
            await here.below.until(sent: 1)
        }

        @Test("A duplicate is sent as well, and its answer ignored")
        func duplicate() async throws {
            let here = try Here(LinkRule("twice", effect: .duplicate(.always, after: Self.soon)))
            try await here.serve()
            #expect(await here.request("q.do") == .reply([Bytes("0".utf8)]))
            #expect(here.below.names() == ["q.do"])
            await here.clock.untilSomeoneSleeps(until: .milliseconds(300))
            here.clock.advance(by: .milliseconds(300))
            await here.below.until(sent: 2)
            #expect(await here.below.receive("q.join", [[1]], from: Here.there) == [])
            await here.clock.untilSomeoneSleeps(until: .milliseconds(600))
            here.clock.advance(by: .milliseconds(300))
            await here.below.until(sent: 4)
            #expect(here.below.names() == ["q.do", "q.do", "q.joined", "q.joined"])
        }

        @Test("Those behind a delayed message wait for it, unless a rule sets them free of the order")
        func order() async throws {
            let first = LinkRule("first", namePrefix: "q.first", effect: .delay(Self.soon))
            let here = try Here(first)
            async let slow = here.request("q.first")
            await here.clock.untilSomeoneSleeps(until: .milliseconds(300))
            async let behind = here.request("q.behind")
            await here.clock.untilSleeping(2, until: .milliseconds(300))
            here.judge.rules = LinkRules([first, LinkRule("free", effect: .reorder(.always, by: .none))])
            #expect(await here.request("q.free") == .reply([Bytes("0".utf8)]))
            here.judge.rules = LinkRules()
            async let afterwards = here.request("q.afterwards")
            await here.clock.untilSleeping(3, until: .milliseconds(300))
            here.clock.advance(by: .milliseconds(300))
            _ = await (slow, behind, afterwards)
            #expect(Set(here.below.names()) == ["q.free", "q.first", "q.behind", "q.afterwards"])
            #expect(await here.request("q.last") == .reply([Bytes("4".utf8)]))
        }

        @Test("Pushes that are delayed by chance keep their order")
        func pushOrder() async throws {
            let latency = Latency.uniform(.zero ... .milliseconds(300))
            let here = try Here(
                LinkRule("jitter", kinds: .push, effect: .delay(latency)),
                LinkRule("the reply is free", kinds: .reply, effect: .reorder(.always, by: .none)))
            try await here.serve()
            let numbers = (UInt8(0)..<50).map { [$0] }
            #expect(await here.below.receive("q.join", numbers, from: Here.there) == [])
            while here.below.names().count < numbers.count {
                // Some are due already, and some may have no wait at all.
                here.clock.advance(by: .milliseconds(100))
                await Task.yield()
            }
            #expect(here.below.sent.withLock { $0.map { $0.body[0] } } == numbers)
        }

        @Test("A throttled link takes a time for each byte, one message after the other")
        func throttle() async throws {
            let here = try Here(LinkRule("narrow", effect: .throttle(bytesPerSecond: 1_000)))
            try await here.serve()
            async let first = here.post(Bytes(repeating: 1, count: 500))
            await here.clock.untilSomeoneSleeps(until: .milliseconds(500))
            // 4 of the command, 8 of the tag, 488 of data.
            async let second = here.request("q.do", Bytes(repeating: 2, count: 488))
            await here.clock.untilSomeoneSleeps(until: .milliseconds(1_000))
            // 5 of the word, 8 of the tag, 487 of data.
            async let third = here.below.receive("q.echo", [Bytes(repeating: 3, count: 487)], from: Here.there)
            await here.clock.untilSomeoneSleeps(until: .milliseconds(1_500))
            here.clock.advance(by: .milliseconds(500))
            #expect(await first == "200")
            here.clock.advance(by: .milliseconds(500))
            #expect(await second == .reply([Bytes("1".utf8)]))
            here.clock.advance(by: .milliseconds(500))
            #expect(await third?.first?.count == 487)
        }

        @Test("Rules that change hold for what is sent from then on")
        func changed() async throws {
            let here = try Here()
            #expect(await here.request() == .reply([Bytes("0".utf8)]))
            here.judge.rules = LinkRules([LinkRule("cut", effect: .cut)])
            async let lost = here.request()
            await here.clock.untilSomeoneSleeps(until: .seconds(5))
            here.judge.rules = LinkRules()
            #expect(await here.request() == .reply([Bytes("1".utf8)]))
            here.clock.advance(by: .seconds(5))
            #expect(await lost == .timedOut)
        }

        @Test("Closing ends what rules hold up, and cancelling ends it for whoever waits")
        func ends() async throws {
            let here = try Here(
                LinkRule("cut", namePrefix: "q", effect: .cut), LinkRule("late", effect: .delay(Self.soon)))
            let cancelled = await withTaskGroup(of: OMQOutcome.self) { group in
                group.addTask { await here.request() }
                group.cancelAll()
                return await group.next()
            }
            #expect(cancelled == .timedOut)
            async let outcome = here.request()
            async let status = here.post()
            await here.clock.untilSomeoneSleeps(until: .seconds(5))
            await here.clock.untilSomeoneSleeps(until: .milliseconds(300))
            await here.transport.close()
            #expect(await outcome == .unreachable("the transport is closed"))
            #expect(await status == "the transport is closed")
            here.clock.advance(by: .seconds(5))
            #expect(here.below.names().isEmpty)
        }

        @Test("On real sockets a lost reply of either kind leaves the asker with its time-out")
        func lostReplies() async throws {
            let process = try sharedProcess.get()
            let served = Counter()
            let (address, keys) = (IPv4Address(127, 7, 0, 71), try makeKeys(71))
            let judge = LinkJudge(
                LinkRules([LinkRule("no replies", kinds: [.reply, .postReply], effect: .drop(.always))]),
                randomness: LiveRandomness())
            let server = JudgedTransport(
                SocketTransport(
                    SocketTransport.Configuration(address: address, keys: keys, name: "judged"), process: process,
                    log: silentLogger),
                from: address, judge: judge, clock: LiveClock())
            let ports = try await server.open(
                TransportServices(
                    http: { _, _ in
                        await served.add()
                        return HTTPReply(status: 200)
                    },
                    omq: OMQService(commands: [
                        "q.do": OMQService.Command(access: .anyone) { call in
                            await served.add()
                            return call.parts
                        }
                    ])))
            let asker = try await Participant(72)
            let peer = OMQPeer(address: address, port: try #require(ports.omq), publicKey: keys.publicKey)
            let url = "http://\(address):\(try #require(ports.http))/"
            let limit = Duration.milliseconds(300)
            #expect(await asker.transport.request(peer, "q.do", [[1]], timeout: limit) == .timedOut)
            await #expect(throws: TransportError.timedOut(address: url, after: limit)) {
                try await asker.transport.post(OutgoingPost(url: url, body: [1], timeout: limit))
            }
            await served.reaches(2)
            judge.rules = LinkRules()
            #expect(await asker.transport.request(peer, "q.do", [[1]], timeout: .seconds(10)) == .reply([[1]]))
            let reply = try await asker.transport.post(OutgoingPost(url: url, body: [1], timeout: .seconds(10)))
            #expect(reply.status == 200)
            await asker.transport.close()
            await server.close()
        }
    }
}
