import Dispatch
import Foundation
import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    /// Peers that read their answers slowly, late, or not at all.
    @Suite struct HTTPReading {
        private static let length = 24 << 20
        private static let request = Bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        private static let lastRequest = Bytes("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)

        /// Answers everything with more than the system takes from it at once.
        private static func services(_ asked: Counter) -> TransportServices {
            TransportServices(http: { _, _ in
                await asked.add()
                return HTTPReply(status: 200, body: Bytes(repeating: 7, count: Self.length))
            })
        }

        @Test("A long answer arrives whole, though the connection ends after it")
        func whole() async throws {
            let server = try await Participant(113, services: Self.services(Counter()))
            let port = try #require(server.ports.http)
            let received = try await RawTCP.talk(server.address, port, sending: Self.lastRequest) { _ in false }
            #expect(received.count > Self.length)
            await server.transport.close()
        }

        @Test(
            "A peer that reads a little now and then gets all of a long answer, encrypted or not",
            arguments: [false, true])
        func slow(isEncrypted: Bool) async throws {
            try await withFolder { folder in
                let server = try await Participant(
                    114, tls: isEncrypted ? try TLSIdentity.selfSigned(in: folder) : nil,
                    httpIdleLimit: .seconds(1), services: Self.services(Counter()))
                let port = try #require(server.ports.http)
                // What passes everything on in its own time stands between client and server, so both may be any.
                let relay = try SlowRelay(
                    to: server.address, port, bytesPerPause: 256 << 10, pause: .milliseconds(isEncrypted ? 90 : 40))
                let relayed = Task { try await onThread { relay.run() } }
                let client = try await Participant(115)
                var post = OutgoingPost(
                    url: "\(isEncrypted ? "https" : "http")://127.0.0.1:\(relay.port)/", body: [], timeout: .seconds(60)
                )
                post.replyLimit = 2 * Self.length
                #expect(try await client.transport.post(post).body.count == Self.length)
                await client.transport.close()
                await server.transport.close()
                try await relayed.value
            }
        }

        @Test("Who asks again and again and reads nothing is answered once, and cut off when nothing moves")
        func silent() async throws {
            let asked = Counter()
            let server = try await Participant(
                116, httpIdleLimit: .milliseconds(300), mostConnections: 1, services: Self.services(asked))
            let port = try #require(server.ports.http)
            let silent = try RawTCP.Connection(server.address, port)
            silent.send(Array(repeating: Self.request, count: 20).flatMap { $0 })
            await asked.reaches(1)
            // There is one place, and it is free when the other is cut off.
            var answer = Bytes()
            while answer.isEmpty {
                answer = try await RawTCP.talk(server.address, port, sending: Self.request) { !$0.isEmpty }
            }
            #expect(await asked.count == 2)
            withExtendedLifetime(silent) {}
            await server.transport.close()
        }

        @Test("Who leaves much unread, over however many connections, is not served until some of it is gone")
        func unread() async throws {
            let asked = Counter()
            let server = try await Participant(126, services: Self.services(asked))
            let port = try #require(server.ports.http)
            func status() async throws -> String {
                let answer = try await RawTCP.talk(server.address, port, sending: Self.lastRequest) { $0.count >= 12 }
                return String(decoding: answer.prefix(12), as: UTF8.self)
            }
            // As many as are too much.
            let silent = try (0..<6).map { _ in try RawTCP.Connection(server.address, port) }
            for connection in silent { connection.send(Self.request) }
            await asked.reaches(6)
            while try await status() != "HTTP/1.1 429" {}
            for connection in silent { connection.shut() }
            while try await status() != "HTTP/1.1 200" {}
            await server.transport.close()
        }

        @Test("A connection on which nothing is asked ends after its idle time, before a TLS handshake as well")
        func idle() async throws {
            try await withFolder { folder in
                for tls in [nil, try TLSIdentity.selfSigned(in: folder)] {
                    let server = try await Participant(
                        117, tls: tls, httpIdleLimit: .milliseconds(100), services: Self.services(Counter()))
                    let idle = try RawTCP.Connection(server.address, try #require(server.ports.http))
                    #expect(try await onThread { idle.isEndedByPeer() })
                    await server.transport.close()
                }
            }
            let configuration = SocketTransport.Configuration(address: .loopback, keys: try makeKeys(1), name: "")
            #expect(configuration.httpIdleLimit == .seconds(10))
        }
    }
}
