import NIOCore
import NIOPosix
import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    /// The client's side of HTTP.
    @Suite struct Posting {
        private static let ok = Bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)

        private static func withPoster(_ body: (HTTPPoster) async throws -> Void) async throws {
            let poster = HTTPPoster(group: try sharedProcess.get().group)
            try await body(poster)
            await poster.shutdown()
        }

        private static func post(_ url: String, timeout: Duration = .seconds(60)) -> OutgoingPost {
            OutgoingPost(url: url, body: [], timeout: timeout)
        }

        private static func failure(_ body: () async throws -> Void) async -> TransportError? {
            do { try await body() } catch { return error as? TransportError }
            return nil
        }

        @Test(
            "An address is taken apart as it is meant, or refused",
            arguments: [
                ("http://1.2.3.4", false, "1.2.3.4", 80, "/", "1.2.3.4"),
                ("https://1.2.3.4:22021/a/b?c=d", true, "1.2.3.4", 22021, "/a/b?c=d", "1.2.3.4:22021"),
                (
                    "https://file.example.org:443/loki/v3/lsrpc", true, "file.example.org", 443, "/loki/v3/lsrpc",
                    "file.example.org"
                ),
                ("http://[::1]:8080?q", false, "::1", 8080, "/?q", "[::1]:8080"),
                ("http://a_b:0/x#part", false, "a_b", 0, "/x", "a_b:0"),
            ])
        func address(
            text: String, isEncrypted: Bool, host: String, port: Int, path: String, authority: String
        ) throws {
            let url = try #require(PostURL(text))
            #expect(url.isEncrypted == isEncrypted && url.host == host && url.port == port)
            #expect(url.path == path && url.authority == authority)
        }

        @Test(
            "What could be read as another request, or as another server's, is no address",
            arguments: [
                "ftp://a/", "a", "http://", "http:///x", "http://:80/", "http://a:/", "http://a:65536/", "http://a:-1/",
                "http://u@b/", "http://a b/", "http://a/ HTTP/1.1\r\nX: y", "http://a/\u{7f}", "http://é/",
                "http://[::1/", "http://[::1]x/", "http://[g]/", "http://a\\b/",
            ])
        func notAnAddress(text: String) async throws {
            #expect(PostURL(text) == nil)
            try await Self.withPoster { poster in
                let failure = await Self.failure { _ = try await poster.post(Self.post(text), from: nil) }
                #expect(failure == .unreachable(address: text, reason: "it is not an address of a server"))
            }
        }

        @Test("A failure is told in plain words, without the library's own and without the system's numbers")
        func plainReasons() async throws {
            let empty = try ScriptedServer { _, _ in nil }
            let strange = try ScriptedServer { _, _ in Bytes("SMTP ready\r\n\r\n".utf8) }
            let halfway = try ScriptedServer { _, _ in
                Bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nx".utf8)
            }
            let plain = try await Participant(
                119, services: TransportServices(http: { _, _ in HTTPReply(status: 200) }))
            try await Self.withPoster { poster in
                for (url, reason) in [
                    ("http://127.0.0.1:1/", "Connection refused"),
                    (empty.url, "the connection ended before the answer"),
                    (halfway.url, "the connection ended before the answer"),
                    (strange.url, "its answer is not HTTP"),
                    (try plain.url(scheme: "https"), "no encrypted connection came about: wrong version number"),
                    ("http://no-such-name.invalid/", "nobody knows the name no-such-name.invalid"),
                ] {
                    let failure = await Self.failure { _ = try await poster.post(Self.post(url), from: nil) }
                    #expect(failure == .unreachable(address: url, reason: reason))
                }
            }
            for server in [empty, strange, halfway] { server.stop() }
            await plain.transport.close()
        }

        @Test("One connection carries request after request, and says of itself what HTTP asks for")
        func reuse() async throws {
            let server = try ScriptedServer { _, _ in Self.ok }
            try await Self.withPoster { poster in
                for _ in 0..<5 {
                    var post = Self.post(server.url + "a?b")
                    post.headers = ["X-Some": "thing"]
                    let reply = try await poster.post(post, from: .loopback)
                    #expect(reply.body == Bytes("ok".utf8))
                }
            }
            let head =
                "POST /a?b HTTP/1.1\r\nX-Some: thing\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 0\r\n\r\n"
            #expect(server.requests == Array(repeating: head, count: 5))
            server.stop()
        }

        @Test("A request that meets the end of a kept connection is made once more, on a new one")
        func keptConnectionEnded() async throws {
            // Every connection answers one request and ends at the next, as a server does whose patience is over.
            let server = try ScriptedServer { _, request in request == 1 ? Self.ok : nil }
            try await Self.withPoster { poster in
                for _ in 0..<4 {
                    let reply = try await poster.post(Self.post(server.url), from: nil)
                    #expect(reply.status == 200)
                }
            }
            server.stop()
        }

        @Test("A request that breaks a new connection fails and is not repeated")
        func newConnectionEnded() async throws {
            let server = try ScriptedServer { _, _ in nil }
            try await Self.withPoster { poster in
                let failure = await Self.failure { _ = try await poster.post(Self.post(server.url), from: nil) }
                #expect(
                    failure == .unreachable(address: server.url, reason: "the connection ended before the answer"))
            }
            #expect(server.requests.count == 1)
            server.stop()
        }

        @Test(
            "A server that ends the connection after its answer is asked again on another",
            arguments: [
                "Content-Length: 2\r\n\r\nok", "\r\nok", "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            ])
        func closeAfterAnswer(framed: String) async throws {
            let server = try ScriptedServer { _, _ in Bytes("HTTP/1.1 200 OK\r\nConnection: close\r\n\(framed)".utf8) }
            try await Self.withPoster { poster in
                for _ in 0..<3 {
                    let reply = try await poster.post(Self.post(server.url), from: nil)
                    #expect(reply.body == Bytes("ok".utf8))
                }
            }
            #expect(server.requests.count == 3)
            server.stop()
        }

        @Test("So many connections go to one server, and what is beyond waits for one of them")
        func boundedConnections() async throws {
            let gate = Gate()
            gate.shut()
            let (arrived, answered) = (Counter(), Counter())
            let server = try await Participant(
                120,
                services: TransportServices(http: { _, _ in
                    await arrived.add()
                    // Ends when the connection is cut.
                    do { try await gate.pass() } catch { return HTTPReply(status: 500) }
                    return HTTPReply(status: 200)
                }))
            let url = try server.url()
            try await Self.withPoster { poster in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<PostConnections.mostPerRoute + 9 {
                        group.addTask {
                            let reply = try await poster.post(Self.post(url), from: nil)
                            #expect(reply.status == 200)
                            await answered.add()
                        }
                    }
                    await arrived.reaches(PostConnections.mostPerRoute)
                    #expect(await arrived.count == PostConnections.mostPerRoute)
                    gate.open()
                    try await group.waitForAll()
                }
            }
            #expect(await answered.count == PostConnections.mostPerRoute + 9)
            await server.transport.close()
        }

        @Test("Who goes, or waits too long, takes the connection along, and whoever waited for it gets another")
        func abandoned() async throws {
            let (arrived, ended) = (Counter(), Counter())
            let server = try await Participant(
                121,
                services: TransportServices(http: { head, _ in
                    if head.path == "/ok" { return HTTPReply(status: 200) }
                    await arrived.add()
                    await OneShot<Void>().value(whenCancelled: ())
                    await ended.add()
                    return HTTPReply(status: 500)
                }))
            let url = try server.url()
            try await Self.withPoster { poster in
                let most = PostConnections.mostPerRoute
                let stuck = (0..<most).map { _ in
                    Task { try await poster.post(Self.post(url, timeout: .seconds(3600)), from: nil) }
                }
                await arrived.reaches(most)
                let waiting = Task { try await poster.post(Self.post(url + "ok"), from: nil) }
                for task in stuck { task.cancel() }
                for task in stuck {
                    let failure = await Self.failure { _ = try await task.value }
                    #expect(failure == .closed)
                }
                let reply = try await waiting.value
                #expect(reply.status == 200)
                await ended.reaches(most)
            }
            await server.transport.close()
        }

        @Test("A client that is let go of without being shut down harms nobody")
        func letGo() async throws {
            let server = try ScriptedServer { _, _ in Self.ok }
            do {
                let poster = HTTPPoster(group: try sharedProcess.get().group)
                #expect(try await poster.post(Self.post(server.url), from: nil).status == 200)
            }
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            do {
                let poster = HTTPPoster(group: group)
                #expect(try await poster.post(Self.post(server.url), from: nil).status == 200)
            }
            try await group.shutdownGracefully()
            server.stop()
        }

        @Test("After a shutdown nothing is sent, and what was under way has ended")
        func afterShutdown() async throws {
            let arrived = Counter()
            let server = try await Participant(
                122,
                services: TransportServices(http: { _, _ in
                    await arrived.add()
                    await OneShot<Void>().value(whenCancelled: ())
                    return HTTPReply(status: 200)
                }))
            let url = try server.url()
            let poster = HTTPPoster(group: try sharedProcess.get().group)
            let waiting = Task { try await poster.post(Self.post(url, timeout: .seconds(3600)), from: nil) }
            await arrived.reaches(1)
            await poster.shutdown()
            #expect(await Self.failure { _ = try await waiting.value } == .closed)
            #expect(await Self.failure { _ = try await poster.post(Self.post(url), from: nil) } == .closed)
            #expect(await arrived.count == 1)
            await server.transport.close()
        }
    }
}
