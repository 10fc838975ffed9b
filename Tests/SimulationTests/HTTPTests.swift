import Faults
import NodeRuntime
import SessionProtocol
import Testing

@testable import Simulation

@Suite struct HTTPTests {
    private func post(
        _ client: Machine, _ url: String, body: Bytes = [], timeout: Duration = .seconds(5), replyLimit: Int = 1_000
    ) async -> (result: Result<HTTPReply, any Error>, milliseconds: Double) {
        let start = client.simulation.milliseconds
        let request = OutgoingPost(
            url: url, headers: ["X-Name": "value"], body: body, timeout: timeout, replyLimit: replyLimit)
        let result = await Result { try await client.transport.post(request) }
        return (result, client.simulation.milliseconds - start)
    }

    private func error(_ result: Result<HTTPReply, any Error>) -> TransportError? { result.failure as? TransportError }

    @Test("A service gets method, path, headers, caller and body, and its answer comes back whole")
    func exchange() async throws {
        try await simulate { simulation in
            let reply = HTTPReply(status: 406, headers: ["Content-Type": "text/plain"], body: [1, 2, 3])
            let server = try await simulation.machine(
                2,
                TransportServices(http: { head, body in
                    #expect(head.method == "POST" && head.path == "/onion_req/v2?x=1")
                    #expect(head.headers == ["content-length": "3", "x-name": "value"])
                    #expect(head.clientAddress == Machine.address(1))
                    await #expect(throws: HTTPBody.TooLarge.self) { try await body.collect(upTo: 2) }
                    return reply
                }))
            let (result, _) = await post(simulation.machine(1), server.url("/onion_req/v2?x=1"), body: [7, 8, 9])
            #expect(try result.get() == reply)
        }
    }

    @Test("A connection is used again, unless it was idle for 5 s or the answer closed it")
    func keepAlive() async throws {
        let times = try await simulate(profile: LinkProfile(latency: .fixed(.milliseconds(1)))) { simulation in
            let server = try await simulation.machine(
                2,
                TransportServices(http: { head, _ in
                    HTTPReply(status: 200, closesConnection: head.path == "/close")
                }))
            let client = simulation.machine(1)
            var times: [Double] = []
            for (pause, path) in [(0, "/"), (0, "/"), (4, "/"), (6, "/"), (0, "/close"), (1, "/")] {
                try await simulation.clock.sleep(for: .seconds(pause))
                times.append(await post(client, server.url(path)).milliseconds)
            }
            return times
        }
        #expect(times == [8, 2, 2, 8, 2, 8])
    }

    @Test("Posts at the same time get connections of their own, which are kept for later ones")
    func concurrency() async throws {
        try await simulate(profile: millisecondLinks) { simulation in
            let server = try await simulation.machine(
                2,
                TransportServices(http: { _, _ in
                    // Ends early only with the run.
                    try? await simulation.clock.sleep(for: .seconds(1))
                    return HTTPReply(status: 200)
                }))
            let client = simulation.machine(1)
            for expected in [1_004.0, 1_002] {
                let times = await withTaskGroup(of: Double.self) { group in
                    for _ in 0..<3 { group.addTask { await post(client, server.url()).milliseconds } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(times == [expected, expected, expected])
            }
        }
    }

    @Test(
        "A time-out, a cancellation and a crash of the client close the connection and cancel the handler",
        arguments: 0..<3)
    func givingUp(how: Int) async throws {
        try await simulate(profile: millisecondLinks) { simulation in
            let trace = Trace()
            let server = try await simulation.machine(
                2,
                TransportServices(http: { head, _ in
                    guard head.path == "/hang" else { return HTTPReply(status: 200) }
                    do { try await simulation.clock.sleep(for: .seconds(100)) } catch {
                        trace.add("cancelled at \(simulation.milliseconds)")
                    }
                    return HTTPReply(status: 200)
                }))
            let client = simulation.machine(1)
            let url = server.url("/hang")
            let task = simulation.spawn { await post(client, url, timeout: .seconds(how == 0 ? 1 : 50)) }
            try await simulation.clock.sleep(for: .seconds(1))
            if how == 1 { task.cancel() }
            if how == 2 { client.transport.drop() }
            let (result, time) = try await task.value
            #expect(error(result) == (how == 0 ? .timedOut(address: url, after: .seconds(1)) : .closed))
            #expect(time == 1_000)
            try await simulation.clock.sleep(for: .seconds(1))
            #expect(trace.all == ["cancelled at 1001.0"])
            if how < 2 { #expect(await post(client, server.url()).milliseconds == 4) }
        }
    }

    @Test("Nobody listening, a crash while answering, too long an answer, or a name that is no address: unreachable")
    func unreachable() async throws {
        try await simulate(profile: millisecondLinks) { simulation in
            let client = simulation.machine(1)
            let server = try await simulation.machine(
                2,
                TransportServices(http: { head, _ in
                    if head.path == "/long" { return HTTPReply(status: 200, body: Bytes(repeating: 0, count: 1_001)) }
                    // Ends early only with the run.
                    try? await simulation.clock.sleep(for: .seconds(100))
                    return HTTPReply(status: 200)
                }))
            func expect(_ url: String, _ reason: String) async {
                let (result, _) = await post(client, url)
                #expect(error(result) == .unreachable(address: url, reason: reason))
            }
            await expect("http://10.0.0.2:1/", "connection refused by 10.0.0.2:1")
            await expect("http://example.org/", "a simulation knows only addresses of its own hosts")
            await expect(server.url("/long"), "its answer is longer than 1000 bytes")
            async let crash: Void = expect(server.url(), "10.0.0.2:22020 closed the connection")
            try await simulation.clock.sleep(for: .seconds(1))
            server.transport.drop()
            await crash
        }
    }

    @Test("A post to where no connection can be made ends as timed out after 10 s")
    func noConnection() async throws {
        try await simulate { simulation in
            simulation.network.rules.add(LinkRule("cut", effect: .cut))
            let server = try await simulation.machine(2, TransportServices(http: { _, _ in HTTPReply(status: 200) }))
            let (result, time) = await post(simulation.machine(1), server.url(), timeout: .seconds(60))
            #expect(error(result) == .timedOut(address: server.url(), after: .seconds(60)))
            #expect(time == 10_000)
        }
    }

    @Test("A copy of an answer does not end the post that follows it on the connection")
    func copiedAnswer() async throws {
        try await simulate { simulation in
            simulation.network.rules.add(
                LinkRule("twice", kinds: .postReply, effect: .duplicate(.always, after: .fixed(.milliseconds(100)))))
            let server = try await simulation.machine(
                2,
                TransportServices(http: { head, _ in
                    // Ends early only with the run.
                    if head.path == "/2" { try? await simulation.clock.sleep(for: .seconds(1)) }
                    return HTTPReply(status: 200, body: Bytes(head.path.utf8))
                }))
            let client = simulation.machine(1)
            for path in ["/1", "/2", "/3"] {
                #expect(try await post(client, server.url(path)).result.get().body == Bytes(path.utf8))
            }
        }
    }

    @Test(
        "Addresses are read with their port, or with the scheme's",
        arguments: [
            ("https://10.0.0.1:22021/a/b?c", "10.0.0.1:22021/a/b?c"), ("http://10.0.0.1", "10.0.0.1:80/"),
            ("https://10.0.0.1/x", "10.0.0.1:443/x"), ("ftp://10.0.0.1/x", nil), ("https://10.0.0.1:70000/", nil),
            ("https://host/", nil),
        ])
    func urls(text: String, expected: String?) {
        #expect(SimulatedURL(text).map { "\($0.target)\($0.path)" } == expected)
    }
}
