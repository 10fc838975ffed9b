import Foundation
import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    /// Requests that come while a connection ends.
    @Suite struct HTTPEnding {
        private static let request = Bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)

        /// Answers everything, and counts what it carried out.
        private static func services(_ carriedOut: Counter) -> TransportServices {
            TransportServices(http: { _, body in
                do {
                    let bytes = try await body.collect(upTo: 1 << 20)
                    await carriedOut.add()
                    return HTTPReply(status: 200, body: Bytes("took \(bytes.count)".utf8))
                } catch {
                    return HTTPReply(status: 400)
                }
            })
        }

        @Test(
            "A request that meets the end of an idle connection is not carried out: what is carried out is answered",
            arguments: [
                ("", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), ("GET / HTTP/1.1\r\nHo", "st: x\r\n\r\n"),
                ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nsome", "more"),
            ])
        func afterTheGoodbye(unfinished: String, rest: String) async throws {
            try await withFolder { folder in
                let carriedOut = Counter()
                let server = try await Participant(
                    118, tls: TLSIdentity.selfSigned(in: folder), httpIdleLimit: .seconds(1),
                    services: Self.services(carriedOut))
                let port = try #require(server.ports.http)
                let address = server.address
                let isEnded = try await onThread {
                    let client = try TLSPeer(address, port)
                    try client.send(Self.request)
                    var answer = Bytes()
                    while !String(decoding: answer, as: UTF8.self).hasSuffix("took 0") {
                        guard let more = try client.receive() else { return false }
                        answer += more
                    }
                    try client.send(Bytes(unfinished.utf8))
                    // The server's goodbye has come; this client has not looked at it yet, as many do not.
                    _ = client.hasSomething()
                    try client.send(Bytes(rest.utf8))
                    return client.isEndedByPeer()
                }
                #expect(isEnded)
                #expect(await carriedOut.count == 1)
                await server.transport.close()
            }
        }
    }

    /// `Expect: 100-continue` (storage-node §17).
    @Suite struct HTTPExpectation {
        private static let services = TransportServices(http: { head, body in
            if head.path == "/unread" { return HTTPReply(status: 404) }
            do {
                let bytes = try await body.collect(upTo: 1000)
                return HTTPReply(status: 200, body: Bytes("took \(bytes.count)".utf8))
            } catch is HTTPBody.TooLarge {
                return HTTPReply(status: 413, body: Bytes("too large".utf8), closesConnection: true)
            } catch {
                return HTTPReply(status: 500)
            }
        })

        private static func head(_ path: String, _ rest: String, version: String = "1.1") -> Bytes {
            Bytes("POST \(path) HTTP/\(version)\r\nHost: x\r\n\(rest)\r\n\r\n".utf8)
        }

        @Test(
            "Whoever asks whether to go ahead is told so at once, and answered when the body has come",
            arguments: ["Expect: 100-continue", "expect: 100-Continue"])
        func goAhead(expectation: String) async throws {
            let server = try await Participant(120, services: Self.services)
            let connection = try RawTCP.Connection(server.address, try #require(server.ports.http))
            for _ in 0..<3 {
                connection.send(Self.head("/", "Content-Length: 3\r\n\(expectation)"))
                #expect(try await Self.text(from: connection) { $0.hasSuffix("\r\n\r\n") } == Self.proceed)
                connection.send([1, 2, 3])
                let answer = try await Self.text(from: connection) { $0.hasSuffix("took 3") }
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && !answer.contains("Connection: close"))
            }
            await server.transport.close()
        }

        @Test(
            "A body that is refused, or that nobody wants, is not asked for; the connection ends, as it may or may not follow",
            arguments: [
                ("/", "Content-Length: 1001", "HTTP/1.1 413 "), ("/unread", "Content-Length: 3", "HTTP/1.1 404 "),
                ("/unread", "Transfer-Encoding: chunked", "HTTP/1.1 404 "),
            ])
        func refused(path: String, length: String, status: String) async throws {
            let server = try await Participant(121, services: Self.services)
            let port = try #require(server.ports.http)
            let request = Self.head(path, "\(length)\r\nExpect: 100-continue")
            let received = try await RawTCP.talk(server.address, port, sending: request) { _ in false }
            let answer = String(decoding: received, as: UTF8.self)
            #expect(answer.hasPrefix(status) && answer.contains("Connection: close\r\n"), "\(answer)")
            await server.transport.close()
        }

        @Test(
            "Who sends the body unasked, has none, or speaks HTTP/1.0 hears nothing but the answer",
            arguments: [
                ("Content-Length: 3\r\nExpect: 100-continue", "1.1", "abc", "took 3"),
                ("Content-Length: 0\r\nExpect: 100-continue", "1.1", "", "took 0"),
                ("Content-Length: 3\r\nExpect: 100-continue", "1.0", "abc", "took 3"),
                ("Content-Length: 3\r\nExpect: tea", "1.1", "abc", "took 3"),
            ])
        func unasked(rest: String, version: String, body: String, answer: String) async throws {
            let server = try await Participant(122, services: Self.services)
            let port = try #require(server.ports.http)
            let request = Self.head("/", rest, version: version) + Bytes(body.utf8)
            let received = try await RawTCP.talk(server.address, port, sending: request) {
                String(decoding: $0, as: UTF8.self).hasSuffix(answer)
            }
            #expect(String(decoding: received, as: UTF8.self).hasPrefix("HTTP/1.1 200 OK\r\n"))
            await server.transport.close()
        }

        private static let proceed = "HTTP/1.1 100 Continue\r\n\r\n"

        private static func text(
            from connection: RawTCP.Connection, until isEnough: @escaping @Sendable (String) -> Bool
        ) async throws -> String {
            try await onThread {
                var text = ""
                while !isEnough(text) {
                    let more = connection.receive()
                    if more.isEmpty { break }
                    text += String(decoding: more, as: UTF8.self)
                }
                return text
            }
        }
    }
}
