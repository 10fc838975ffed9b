import Faults
import NodeRuntime
import SessionProtocol
import Testing

@testable import Simulation

/// How connections of the message queue are made, used and ended.
@Suite struct ConnectionTests {
    private static let patience = Duration.seconds(5)

    private func ask(
        _ client: Machine, _ peer: OMQPeer, _ command: String = "test.echo", timeout: Duration = patience
    ) async -> (outcome: OMQOutcome, milliseconds: Double) {
        let start = client.simulation.milliseconds
        let outcome = await client.transport.request(peer, command, [], timeout: timeout)
        return (outcome, client.simulation.milliseconds - start)
    }

    @Test(
        "Making a connection costs its round trips once, and again after 30 s without use, but not for the ledger's",
        arguments: [(OMQPeer.Role.serviceNode, 8.0), (.client, 8.0), (.ledger, 2.0)])
    func setUp(role: OMQPeer.Role, afterIdling: Double) async throws {
        let times = try await simulate(profile: LinkProfile(latency: .fixed(.milliseconds(1)))) { simulation in
            let server = try await simulation.machine(2, echo)
            let client = simulation.machine(1)
            var times: [Double] = []
            for pause in [0, 29, 29, 31] {
                try await simulation.clock.sleep(for: .seconds(pause))
                let (outcome, time) = await ask(client, server.peer(role))
                #expect(outcome == .reply([]))
                times.append(time)
            }
            return times
        }
        #expect(times == [8, 2, 2, afterIdling])
    }

    @Test("A request that is under way keeps its connection from being idle")
    func busy() async throws {
        try await simulate(profile: millisecondLinks) { simulation in
            let server = try await simulation.machine(
                2,
                [
                    "test.slow": { _ in
                        // Ends early only with the run.
                        try? await simulation.clock.sleep(for: .seconds(50))
                        return []
                    }, "test.echo": { $0.parts },
                ])
            let client = simulation.machine(1)
            async let slow = ask(client, server.peer(), "test.slow", timeout: .seconds(55))
            try await simulation.clock.sleep(for: .seconds(45))
            #expect(await ask(client, server.peer()).milliseconds == 2)
            #expect(await slow.outcome == .reply([]))
        }
    }

    @Test("Nobody listening, another key, or the port of another protocol: unreachable after one round trip")
    func refused() async throws {
        try await simulate(profile: millisecondLinks) { simulation in
            let server = try await simulation.machine(
                2, TransportServices(http: { _, _ in HTTPReply(status: 200) }, omq: OMQService(commands: [:])))
            let client = simulation.machine(1)
            var wrongPort = server.peer()
            wrongPort.port = 1
            var http = server.peer()
            http.port = try #require(server.ports.http)
            var wrongKey = server.peer()
            wrongKey.publicKey = client.key
            for (peer, reason) in [
                (wrongPort, "connection refused by 10.0.0.2:1"),
                (http, "10.0.0.2:22021 broke the connection during the handshake"),
                (wrongKey, "10.0.0.2:22020 broke the connection during the handshake"),
            ] {
                let (outcome, time) = await ask(client, peer)
                #expect(outcome == .unreachable(reason))
                #expect(time == 2)
            }
        }
    }

    @Test("A connection that cannot be made is given up after 10 s, a request that waits for it when its time is up")
    func unanswered() async throws {
        try await simulate { simulation in
            let server = try await simulation.machine(2, echo)
            let client = simulation.machine(1)
            simulation.network.rules.add(LinkRule("cut", kinds: .connect, effect: .cut))
            async let early = ask(client, server.peer(), timeout: .seconds(4))
            let late = await ask(client, server.peer(), timeout: .seconds(60))
            #expect(await early == (.timedOut, 4_000))
            #expect(late == (.unreachable("no connection could be made within 10 s"), 10_000))
        }
    }

    @Test("A request whose time is up before its connection is made is never sent")
    func lateConnection() async throws {
        try await simulate { simulation in
            let ran = Trace()
            let server = try await simulation.machine(
                2,
                [
                    "test.note": { call in
                        ran.add(call.command)
                        return []
                    }
                ])
            let client = simulation.machine(1)
            simulation.network.rules.add(
                LinkRule("slow", kinds: .connect, effect: .delay(.fixed(.seconds(2)))))
            #expect(await ask(client, server.peer(), "test.note", timeout: .seconds(1)).outcome == .timedOut)
            #expect(await ask(client, server.peer(), "test.note").outcome == .reply([]))
            #expect(ran.all.count == 1)
        }
    }

    @Test(
        "A crash of the server fails what waits for it when the news arrives; restarted on its ports it is reached at once"
    )
    func serverCrash() async throws {
        try await simulate(profile: millisecondLinks) { simulation in
            let cancelled = Trace()
            let hang: @Sendable (OMQCall) async -> [Bytes]? = { _ in
                do { try await simulation.clock.sleep(for: .seconds(100)) } catch { cancelled.add("\(error)") }
                return []
            }
            let server = try await simulation.machine(2, ["test.hang": hang])
            let client = simulation.machine(1)
            async let waiting = ask(client, server.peer(), "test.hang")
            try await simulation.clock.sleep(for: .seconds(1))
            server.transport.drop()
            #expect(await waiting == (.unreachable("10.0.0.2:22020 closed the connection"), 1_001))
            #expect(cancelled.all == ["CancellationError()"])
            #expect(await ask(client, server.peer()).outcome == .unreachable("connection refused by 10.0.0.2:22020"))
            var again = server
            again.transport = simulation.network.transport(on: server.host, keys: server.key, ports: server.ports)
            let service = OMQService(commands: ["test.echo": OMQService.Command(access: .anyone) { $0.parts }])
            let ports = try await again.transport.open(TransportServices(omq: service))
            #expect(ports == server.ports)
            #expect(await ask(client, server.peer()).outcome == .reply([]))
        }
    }

    @Test("A crash behind a cut is noticed only by time-outs, and by the first message that gets through")
    func crashBehindCut() async throws {
        try await simulate { simulation in
            let server = try await simulation.machine(2, echo)
            let client = simulation.machine(1)
            _ = await ask(client, server.peer())
            simulation.network.rules.add(LinkRule("cut", from: .only(server.host.address), effect: .cut))
            server.transport.drop()
            #expect(await ask(client, server.peer()) == (.timedOut, 5_000))
            simulation.network.rules = LinkRules()
            let outcome = await ask(client, server.peer()).outcome
            #expect(outcome == .unreachable("10.0.0.2:22020 closed the connection"))
        }
    }

    @Test("A command goes on when its caller crashed, and its answer goes nowhere")
    func clientCrash() async throws {
        try await simulate { simulation in
            let trace = Trace()
            let server = try await simulation.machine(
                2,
                [
                    "test.slow": { _ in
                        do { try await simulation.clock.sleep(for: .seconds(2)) } catch { trace.add("\(error)") }
                        trace.add("done")
                        return []
                    }
                ])
            let client = simulation.machine(1)
            async let reply = ask(client, server.peer(), "test.slow")
            try await simulation.clock.sleep(for: .seconds(1))
            client.transport.drop()
            #expect(await reply == (.unreachable("the transport is closed"), 1_000))
            #expect(await ask(client, server.peer()).outcome == .unreachable("the transport is closed"))
            try await simulation.clock.sleep(for: .seconds(5))
            #expect(trace.all == ["done"])
        }
    }

    @Test("What was sent before the end arrives before the news of it")
    func lastWords() async throws {
        let profile = LinkProfile(latency: .uniform(.milliseconds(1) ... .milliseconds(900)))
        for seed in 1...10 as ClosedRange<UInt64> {
            try await simulate(seed: seed, profile: profile) { simulation in
                let server = try await simulation.machine(2, echo)
                let client = simulation.machine(1)
                #expect(await ask(client, server.peer(), timeout: .seconds(60)).outcome == .reply([]))
                let replied = simulation.network.totals.messages + 2
                async let reply = ask(client, server.peer())
                // The reply is on its way as soon as it is counted.
                while simulation.network.totals.messages < replied {
                    try await simulation.clock.sleep(for: .microseconds(100))
                }
                server.transport.drop()
                #expect(await reply.outcome == .reply([]))
            }
        }
    }

    @Test("A port that is taken is refused, and then nothing of the transport stays open")
    func takenPort() async throws {
        try await simulate { simulation in
            let first = try await simulation.machine(2, echo)
            let both = TransportServices(http: { _, _ in HTTPReply(status: 200) }, omq: OMQService(commands: [:]))
            for ports in [ListenerPorts(http: 22_020), ListenerPorts(omq: 22_020)] {
                let second = simulation.network.transport(on: first.host, keys: first.key, ports: ports)
                await #expect(
                    throws: TransportError.cannotListen(address: "10.0.0.2:22020", reason: "the address is in use")
                ) { try await second.open(both) }
                await #expect(throws: TransportError.closed) { try await second.open(both) }
            }
            let third = simulation.network.transport(on: first.host, keys: first.key)
            #expect(try await third.open(both) == ListenerPorts(http: 22_022, omq: 22_021))
            #expect(await ask(simulation.machine(1), first.peer()).outcome == .reply([]))
        }
    }

    @Test("A machine talks to itself as to any other")
    func itself() async throws {
        try await simulate { simulation in
            let machine = try await simulation.machine(2, echo)
            #expect(await ask(machine, machine.peer()).outcome == .reply([]))
            async let late = ask(machine, machine.peer())
            machine.transport.drop()
            #expect(await late.outcome == .unreachable("the transport is closed"))
        }
    }
}
