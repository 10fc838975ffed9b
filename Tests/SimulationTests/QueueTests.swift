import Faults
import NodeRuntime
import SessionProtocol
import Testing

@testable import Simulation

/// Requests, replies and pushes of the message queue.
@Suite struct QueueTests {
    @Test("Requests share one connection and are answered as they finish, not as they came")
    func multiplexing() async throws {
        try await simulate { simulation in
            let server = try await simulation.machine(
                2,
                [
                    "test.sleep": { call in
                        let seconds = Int(call.parts[0].first ?? 0)
                        // Ends early only with the run.
                        try? await simulation.clock.sleep(for: .seconds(seconds))
                        return [Bytes("\(call.caller.connection.route)".utf8)]
                    }
                ])
            let client = simulation.machine(1)
            let answers = Trace()
            let routes = await withTaskGroup(of: OMQOutcome.self) { group in
                for seconds in [3, 1, 2] as [UInt8] {
                    group.addTask {
                        let reply = await client.transport.request(
                            server.peer(), "test.sleep", [[seconds]], timeout: .seconds(5))
                        answers.add("\(seconds)")
                        return reply
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.all == ["1", "2", "3"])
            #expect(routes.allSatisfy { $0 == routes[0] })
        }
    }

    @Test(
        "What exceeds the limit of its category is dropped without an answer; other categories and later calls are not")
    func limits() async throws {
        try await simulate { simulation in
            let slow: @Sendable (OMQCall) async -> [Bytes]? = { _ in
                // Ends early only with the run.
                try? await simulation.clock.sleep(for: .seconds(1))
                return []
            }
            let server = try await simulation.machine(2, limits: ["few": 2], ["few.slow": slow, "many.slow": slow])
            let client = simulation.machine(1)
            func ask(_ command: String, times: Int) async -> [OMQOutcome] {
                await withTaskGroup(of: OMQOutcome.self) { group in
                    for _ in 0..<times {
                        group.addTask {
                            await client.transport.request(server.peer(), command, [], timeout: .seconds(3))
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
            for _ in 0..<2 {
                async let many = ask("many.slow", times: 5)
                #expect(await ask("few.slow", times: 5).count { $0 == .reply([]) } == 2)
                #expect(await many.allSatisfy { $0 == .reply([]) })
            }
        }
    }

    @Test("Commands are refused to those who may not call them, as the queue's rules say")
    func access() async throws {
        try await simulate { simulation in
            let client = simulation.machine(1)
            let key = client.key
            func server(_ number: UInt8, isKnown: Bool) async throws -> OMQPeer {
                let commands = Dictionary(
                    uniqueKeysWithValues: [("anyone", OMQAccess.anyone), ("node", .serviceNode), ("admin", .admin)].map
                    {
                        ("test.\($0)", OMQService.Command(access: $1) { _ in [] })
                    })
                let service = OMQService(
                    commands: commands, isServiceNode: { isKnown && $0 == key }, isAdmin: { isKnown && $0 == key })
                return try await simulation.machine(number, TransportServices(omq: service)).peer()
            }
            let known = try await server(2, isKnown: true)
            let unknown = try await server(3, isKnown: false)
            let cases: [(String, OMQOutcome)] = [
                ("test.anyone", .reply([])), ("test.node", .refused("FORBIDDEN_SN")),
                ("test.admin", .refused("FORBIDDEN")), ("test.nothing", .timedOut),
            ]
            for (command, outcome) in cases {
                let first = await client.transport.request(known, command, [], timeout: .seconds(1))
                #expect(first == (command == "test.nothing" ? .timedOut : .reply([])))
                #expect(await client.transport.request(unknown, command, [], timeout: .seconds(1)) == outcome)
            }
        }
    }

    @Test("A command that gives no answer leaves its caller to its time-out")
    func silence() async throws {
        try await simulate { simulation in
            let server = try await simulation.machine(2, ["test.silent": { _ in nil }])
            let outcome = await simulation.machine(1).transport.request(
                server.peer(), "test.silent", [], timeout: .seconds(7))
            #expect(outcome == .timedOut)
            #expect(simulation.uptime == .seconds(7))
        }
    }

    @Test("Cancelling a request ends it at once as timed out, also when cancelled before", arguments: [0, 2])
    func cancelling(after seconds: Int) async throws {
        try await simulate { simulation in
            let server = try await simulation.machine(2, ["test.silent": { _ in nil }])
            let client = simulation.machine(1)
            let task = simulation.spawn {
                await client.transport.request(server.peer(), "test.silent", [], timeout: .seconds(7))
            }
            if seconds > 0 { try await simulation.clock.sleep(for: .seconds(seconds)) }
            task.cancel()
            #expect(try await task.value == .timedOut)
            #expect(simulation.uptime == .seconds(seconds))
        }
    }

    /// A client that notes what is pushed to it, and a server that has remembered the client's connection.
    private func pushing(
        _ role: OMQPeer.Role, _ body: @escaping @Sendable (Machine, Machine, OMQConnection, Trace) async throws -> Void
    ) async throws {
        try await simulate { simulation in
            let pushed = Trace()
            let server = try await simulation.machine(2, ["test.subscribe": { [$0.caller.connection.route] }])
            let client = simulation.machine(1)
            let service = OMQService(commands: [
                "news.note": OMQService.Command(access: .admin, isRequest: false) { call in
                    pushed.add("\(call.parts.count) \(call.caller.publicKey == server.key)")
                    return nil
                }
            ])
            _ = try await client.transport.open(TransportServices(omq: service))
            let reply = await client.transport.request(
                server.peer(role), "test.subscribe", [], timeout: .seconds(5))
            guard case .reply(let parts) = reply, let route = parts.first else {
                Issue.record("no connection: \(reply)")
                return
            }
            try await body(server, client, OMQConnection(route: route), pushed)
        }
    }

    @Test(
        "A push runs on the side that made the connection, with the ledger's rights only on a connection to the ledger")
    func pushes() async throws {
        for (role, count) in [(OMQPeer.Role.ledger, 1), (.serviceNode, 0)] {
            try await pushing(role) { server, _, connection, pushed in
                server.transport.push("news.note", [[1], [2]], to: connection)
                try await server.clock.sleep(for: .seconds(1))
                #expect(pushed.all == Array(repeating: "2 true", count: count))
            }
        }
    }

    @Test("A push to a connection that ended or never was does nothing")
    func pushesIntoTheVoid() async throws {
        try await pushing(.ledger) { server, client, connection, pushed in
            server.transport.push("news.note", [], to: OMQConnection(route: [9, 9]))
            client.transport.drop()
            server.transport.push("news.note", [], to: connection)
            try await server.clock.sleep(for: .seconds(1))
            server.transport.push("news.note", [], to: connection)
            try await server.clock.sleep(for: .seconds(1))
            #expect(pushed.all == [])
        }
    }

    @Test("A push finds no connection that has been idle for 30 s, but that of the ledger")
    func pushesAfterIdling() async throws {
        for (role, isKept) in [(OMQPeer.Role.ledger, true), (.client, false)] {
            try await pushing(role) { server, _, connection, _ in
                try await server.clock.sleep(for: .seconds(31))
                let before = server.simulation.network.totals.messages
                server.transport.push("news.note", [], to: connection)
                #expect((server.simulation.network.totals.messages > before) == isKept)
            }
        }
    }

    @Test("A frame that is too long ends the connection", arguments: [0, 1])
    func longFrames(surplus: Int) async throws {
        try await simulate { simulation in
            let server = try await simulation.machine(2, ["test.swallow": { _ in [] }])
            let parts = [Bytes(repeating: 0, count: Limits.requestBytes + surplus)]
            let outcome = await simulation.machine(1).transport.request(
                server.peer(), "test.swallow", parts, timeout: .seconds(5))
            #expect(
                outcome == (surplus == 0 ? .reply([]) : .unreachable("10.0.0.2:22020 closed the connection")))
        }
    }
}
