import NIOCore
import NIOEmbedded
import NodeRuntime
import SessionProtocol
import Synchronization
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct HTTPAnswers {
        private static func head(_ reply: HTTPReply, closes: Bool = false) -> String {
            var buffer = ByteBuffer()
            HTTPAnswerHead(reply: reply, serverHeader: "usual", date: "now", closes: closes).write(to: &buffer)
            return String(buffer: buffer)
        }

        @Test("An answer's head has its headers in order, then what the connection adds")
        func head() {
            let reply = HTTPReply(status: 200, headers: ["X-b": "2", "Content-Type": "text/plain"], body: [1, 2])
            #expect(
                Self.head(reply)
                    == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-b: 2\r\nServer: usual\r\nDate: now\r\n"
                    + "Content-Length: 2\r\n\r\n")
            #expect(Self.head(reply, closes: true).hasSuffix("Content-Length: 2\r\nConnection: close\r\n\r\n"))
            let named = Self.head(HTTPReply(status: 421, headers: ["SERVER": "own"]))
            #expect(named.hasPrefix("HTTP/1.1 421 Misdirected Request\r\nSERVER: own\r\nDate"))
        }

        @Test(
            "A status that allows no body announces none",
            arguments: [(100, false), (204, false), (304, false), (404, true)])
        func bodies(status: Int, isAllowed: Bool) {
            let head = Self.head(HTTPReply(status: status, body: [1]))
            #expect(HTTPAnswerHead.allowsBody(status) == isAllowed)
            #expect(head.contains("Content-Length: 1\r\n") == isAllowed)
        }

        @Test(
            "A header that would end where it stands is left out, and the others are not",
            arguments: [
                ("X-a", "1\r\nX-evil: 1"), ("X-a", "1\nX-evil: 1"), ("X-a", "\0"), ("X-a\r\nX-evil", "1"), ("X a", "1"),
                ("X-a:", "1"), ("", "1"), ("X-ä", "1"),
            ])
        func foreignHeaders(name: String, value: String) {
            let head = Self.head(HTTPReply(status: 200, headers: [name: value, "X-good": "tab\tand ä"]))
            #expect(head.split(separator: "\r\n").count == 5)
            #expect(head.contains("X-good: tab\tand ä\r\n") && !head.contains("evil"))
        }

        @Test(
            "Requests sent at once are served one after the other, in their order, and what is no HTTP after them last")
        func pipelined() async throws {
            let running = Mutex((now: 0, most: 0))
            let server = try await Participant(
                99,
                services: TransportServices(http: { head, body in
                    running.withLock { running in
                        running.now += 1
                        running.most = max(running.most, running.now)
                    }
                    await Task.yield()
                    // A body that does not come is an empty one here, and the answer shows it.
                    let bytes = (try? await body.collect(upTo: 100)) ?? []
                    running.withLock { $0.now -= 1 }
                    return HTTPReply(status: 200, body: Bytes(head.path.utf8) + bytes)
                }))
            let requests = (0..<40).map { number in
                "POST /\(number). HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
            }
            let sent = Bytes((requests.joined() + "no HTTP at all\r\n\r\n").utf8)
            let port = try #require(server.ports.http)
            let answers = String(
                decoding: try await RawTCP.talk(server.address, port, sending: sent) { _ in false }, as: UTF8.self)
            let bodies = answers.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
            #expect(bodies == (0..<40).map { "/\($0).abc" } + ["Bad Request\n"])
            #expect(running.withLock { $0.most } == 1)
            await server.transport.close()
        }

        @Test("A connection is still once its time has passed without a move, and again after the next")
        func stillness() {
            let loop = EmbeddedEventLoop()
            let watch = StillnessWatch(limit: .seconds(10))
            let still = Mutex(0)
            watch.start(on: loop) { still.withLock { $0 += 1 } }
            loop.advanceTime(by: .seconds(9))
            watch.moved(loop)
            loop.advanceTime(by: .seconds(9))
            #expect(still.withLock { $0 } == 0)
            loop.advanceTime(by: .seconds(1))
            #expect(still.withLock { $0 } == 1)
            loop.advanceTime(by: .seconds(10))
            #expect(still.withLock { $0 } == 2)
            watch.stop()
            loop.advanceTime(by: .seconds(100))
            #expect(still.withLock { $0 } == 2)
        }
    }
}
