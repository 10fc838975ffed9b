import Faults
import NodeRuntime
import SessionProtocol
import Testing

@testable import Simulation

/// What links do to messages.
@Suite struct NetworkTests {
    /// A server that notes when each message arrives, and a client with an open link to it.
    private struct Pair: Sendable {
        let server: Machine
        let client: Machine
        let arrivals: Trace

        init(_ simulation: Simulation) async throws {
            let arrivals = Trace()
            self.arrivals = arrivals
            server = try await simulation.machine(
                2,
                [
                    "test.note": { call in
                        arrivals.add("\(String(decoding: call.parts[0], as: UTF8.self)) \(simulation.milliseconds)")
                        return call.parts
                    }
                ])
            client = simulation.machine(1)
            _ = await client.transport.request(server.peer(), "test.note", [Bytes("open".utf8)], timeout: .seconds(9))
        }

        @discardableResult
        func send(_ text: String, timeout: Duration = .seconds(5)) async -> OMQOutcome {
            await client.transport.request(server.peer(), "test.note", [Bytes(text.utf8)], timeout: timeout)
        }

        /// Sends all at the same moment, in this order.
        func send(_ texts: [String]) async -> [OMQOutcome] {
            await withTaskGroup(of: (Int, OMQOutcome).self) { group in
                for (place, text) in texts.enumerated() { group.addTask { (place, await send(text)) } }
                return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
    }

    @Test("A round trip takes what the profile says both ways together, within its bounds")
    func latency() async throws {
        let times = try await simulate(profile: LinkProfile(latency: .uniform(.milliseconds(2) ... .milliseconds(5)))) {
            simulation in
            let pair = try await Pair(simulation)
            var times: [Double] = []
            for _ in 0..<200 {
                let start = simulation.milliseconds
                await pair.send("x")
                times.append(simulation.milliseconds - start)
            }
            return times
        }
        #expect(times.allSatisfy { (4...10).contains($0) })
        #expect(try #require(times.min()) < 5 && #require(times.max()) > 9)
    }

    @Test("Messages of one direction arrive in the order in which they were sent, however long each takes")
    func order() async throws {
        let profile = LinkProfile(latency: .uniform(.milliseconds(1) ... .milliseconds(500)))
        let arrivals = try await simulate(profile: profile) { simulation in
            let pair = try await Pair(simulation)
            _ = await pair.send((0..<50).map { "\($0)" })
            return pair.arrivals.all.compactMap { $0.split(separator: " ").first.map(String.init) }
        }
        #expect(arrivals == ["open"] + (0..<50).map { "\($0)" })
    }

    @Test("A bandwidth is shared: what is sent while the wire is busy queues for it")
    func bandwidth() async throws {
        let profile = LinkProfile(
            latency: .fixed(.milliseconds(1)), bandwidth: 100_000,
            connectionRoundTrips: LinkProfile.ConnectionRoundTrips(queue: 1, http: 1))
        let took = try await simulate(profile: profile) { simulation in
            let server = try await simulation.machine(2, ["test.swallow": { _ in [] }])
            let client = simulation.machine(1)
            _ = await client.transport.request(server.peer(), "test.swallow", [], timeout: .seconds(1))
            let start = simulation.milliseconds
            return await withTaskGroup(of: Double.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        // With command (12) and tag (8) each is 1,000 bytes, which is 10 ms of wire.
                        let parts = [Bytes(repeating: 0, count: 980)]
                        _ = await client.transport.request(server.peer(), "test.swallow", parts, timeout: .seconds(1))
                        return simulation.milliseconds - start
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.sorted()
            }
        }
        // A reply is 13 bytes: 0.13 ms.
        #expect(took.map { Int(($0 * 100).rounded()) } == [1213, 2213, 3213])
    }

    @Test("A throttle holds for all connections of a direction together, and only for that direction")
    func throttle() async throws {
        let took = try await simulate(profile: millisecondLinks) { simulation in
            let server = try await simulation.machine(
                2,
                TransportServices(http: { _, body in
                    // A body over the limit would be refused; this one never is.
                    HTTPReply(status: 200, body: (try? await body.collect(upTo: 10_000)) ?? [])
                }))
            let client = simulation.machine(1)
            simulation.network.rules.add(
                LinkRule(
                    "narrow", from: .only(client.host.address), kinds: .post, effect: .throttle(bytesPerSecond: 10_000))
            )
            return await withTaskGroup(of: Double.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let post = OutgoingPost(
                            url: server.url(), body: Bytes(repeating: 0, count: 1_000), timeout: .seconds(5))
                        #expect(await Result { try await client.transport.post(post) }.isSuccess)
                        return simulation.milliseconds
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.sorted()
            }
        }
        // 2 ms to connect, 100 ms a body, 2 ms there and back.
        #expect(took == [104, 204, 304])
    }

    @Test(
        "A lost message shows as a time-out: a lost request never ran, a lost reply did",
        arguments: [Envelope.Kinds.request, .reply], [LinkEffect.drop(.always), .cut])
    func loss(kinds: Envelope.Kinds, effect: LinkEffect) async throws {
        try await simulate { simulation in
            let pair = try await Pair(simulation)
            simulation.network.rules.add(LinkRule("loss", kinds: kinds, effect: effect))
            let start = simulation.uptime
            #expect(await pair.send("x", timeout: .seconds(3)) == .timedOut)
            #expect(simulation.uptime - start == .seconds(3))
            #expect(pair.arrivals.all.count == (kinds == .request ? 1 : 2))
            #expect(simulation.network.totals.lost == 1)
            simulation.network.rules.remove("loss")
            #expect(await pair.send("y") == .reply([Bytes("y".utf8)]))
        }
    }

    @Test("A cut one way lets the other way pass")
    func oneWay() async throws {
        try await simulate { simulation in
            let pair = try await Pair(simulation)
            let (server, client) = (pair.server.host.address, pair.client.host.address)
            simulation.network.rules.add(LinkRule("cut", from: .only(server), to: .only(client), effect: .cut))
            #expect(await pair.send("there", timeout: .seconds(1)) == .timedOut)
            #expect(pair.arrivals.all.last?.hasPrefix("there") == true)
            simulation.network.rules = LinkRules([
                LinkRule("cut", from: .only(client), to: .only(server), effect: .cut)
            ])
            #expect(await pair.send("back", timeout: .seconds(1)) == .timedOut)
            #expect(pair.arrivals.all.last?.hasPrefix("there") == true)
        }
    }

    @Test("A duplicated request runs twice, its copy later by its own time, and is answered once")
    func duplicates() async throws {
        try await simulate { simulation in
            let pair = try await Pair(simulation)
            let before = simulation.milliseconds
            simulation.network.rules.add(
                LinkRule(
                    "twice", kinds: [.request, .reply], effect: .duplicate(.always, after: .fixed(.milliseconds(7)))))
            #expect(await pair.send("x") == .reply([Bytes("x".utf8)]))
            try await simulation.clock.sleep(for: .seconds(1))
            let times = pair.arrivals.all.dropFirst().compactMap {
                $0.split(separator: " ").last.flatMap { Double($0) }
            }
            #expect(times.map { Int((($0 - before) * 100).rounded()) } == [5, 705])
            #expect(await pair.send("y") == .reply([Bytes("y".utf8)]))
        }
    }

    @Test("A reordered message lets those after it pass")
    func reordering() async throws {
        try await simulate { simulation in
            let pair = try await Pair(simulation)
            simulation.network.rules.add(
                LinkRule(
                    "late", kinds: .request, window: LinkWindow(until: simulation.uptime + .microseconds(1)),
                    effect: .reorder(.always, by: .fixed(.milliseconds(5)))))
            async let first = pair.send("first")
            try await simulation.clock.sleep(for: .milliseconds(1))
            async let second = pair.send("second")
            _ = await (first, second)
            let names = pair.arrivals.all.compactMap { $0.split(separator: " ").first }
            #expect(names == ["open", "second", "first"])
        }
    }

    @Test("A delay holds up those behind it too")
    func delay() async throws {
        try await simulate { simulation in
            let pair = try await Pair(simulation)
            simulation.network.rules.add(
                LinkRule(
                    "late", kinds: .request, window: LinkWindow(until: simulation.uptime + .microseconds(1)),
                    effect: .delay(.fixed(.milliseconds(5)))))
            async let first = pair.send("first")
            try await simulation.clock.sleep(for: .milliseconds(1))
            async let second = pair.send("second")
            _ = await (first, second)
            let names = pair.arrivals.all.compactMap { $0.split(separator: " ").first }
            #expect(names == ["open", "first", "second"])
        }
    }

    @Test(
        "A reset breaks the connection for everything that waits on it, at once, and the next request makes a new one")
    func reset() async throws {
        try await simulate { simulation in
            let pair = try await Pair(simulation)
            simulation.network.rules.add(
                LinkRule("slow", kinds: .reply, effect: .delay(.fixed(.seconds(2)))))
            async let waiting = pair.send("waiting")
            try await simulation.clock.sleep(for: .seconds(1))
            simulation.network.rules.add(LinkRule("reset", kinds: .request, effect: .reset(.always)))
            let start = simulation.uptime
            let reason = OMQOutcome.unreachable("the connection to 10.0.0.2:22020 was reset")
            #expect(await pair.send("breaks") == reason)
            #expect(await waiting == reason)
            #expect(simulation.uptime == start)
            simulation.network.rules = LinkRules()
            #expect(await pair.send("again") == .reply([Bytes("again".utf8)]))
        }
    }

    @Test("Rules see every message with its kind, name, size and both addresses")
    func judged() async throws {
        let struck = LinkRule("struck", to: .only([]), effect: .cut)
        try await simulate { simulation in
            let server = try await simulation.machine(
                2,
                TransportServices(
                    http: { _, _ in HTTPReply(status: 200) },
                    omq: OMQService(commands: [
                        "test.hold": OMQService.Command(access: .anyone) { _ in [] }
                    ])))
            let client = simulation.machine(1)
            let (here, there) = (client.host.address, server.host.address)
            let cases: [(Envelope.Kinds, String, IPv4Address)] = [
                (.connect, "", here), (.connect, "", there), (.request, "test.hold", here),
                (.reply, "test.hold", there),
                (.post, "POST /some/path", here), (.postReply, "POST /some/path", there),
            ]
            for (kind, name, from) in cases {
                let lost = simulation.network.totals.lost
                simulation.network.rules = LinkRules([
                    struck,
                    LinkRule(
                        "one", from: .only(from), to: .only(from == here ? there : here), kinds: kind, namePrefix: name,
                        effect: .cut),
                ])
                _ = await client.transport.request(server.peer(), "test.hold", [], timeout: .seconds(1))
                let post = OutgoingPost(url: server.url("/some/path"), body: [], timeout: .seconds(1))
                _ = await Result { try await client.transport.post(post) }
                #expect(simulation.network.totals.lost > lost, "\(kind.members) \(name) from \(from)")
                // Idle connections end, so that the next case makes new ones.
                try await simulation.clock.sleep(for: .seconds(61))
            }
        }
    }

    @Test("Totals and digest are the same for the same seed, and other seeds carry messages at other times")
    func totals() async throws {
        func run(_ seed: UInt64) async throws -> NetworkTotals {
            try await simulate(seed: seed, profile: .internet) { simulation in
                let pair = try await Pair(simulation)
                _ = await pair.send((0..<20).map { "message \($0)" })
                return simulation.network.totals
            }
        }
        let first = try await run(1)
        #expect(first.messages == 44)
        #expect(try await run(1) == first)
        var other = try await run(2)
        #expect(other.digest != first.digest)
        other.digest = first.digest
        #expect(other == first)
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }

    var isSuccess: Bool { failure == nil }
}
