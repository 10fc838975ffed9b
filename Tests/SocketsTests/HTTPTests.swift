import Foundation
import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct HTTP {
        /// Tells what it saw, or refuses bodies above 1000 bytes.
        private static let service: HTTPService = { head, body in
            if head.path == "/unread" { return HTTPReply(status: 200) }
            do {
                let bytes = try await body.collect(upTo: 1000)
                let caller = head.clientAddress.map { "\($0)" } ?? "none"
                let headers = ["Content-Type": "text/plain", "X-Seen": "\(head.method) \(head.path) \(caller)"]
                return HTTPReply(status: 200, headers: headers, body: bytes)
            } catch is HTTPBody.TooLarge {
                return HTTPReply(status: 413, body: Bytes("Request body too large".utf8), closesConnection: true)
            } catch {
                return HTTPReply(status: 500)
            }
        }

        private static let serving = TransportServices(http: service)

        private static func post(_ url: String, _ body: Bytes = [], timeout: Duration = .seconds(60)) -> OutgoingPost {
            OutgoingPost(url: url, body: body, timeout: timeout)
        }

        @Test("A post goes there and back, and the server sees who called")
        func roundTrip() async throws {
            let server = try await Participant(60, services: Self.serving)
            let client = try await Participant(61)
            var request = Self.post(try server.url("/a?b=c"), [1, 2, 3])
            request.headers = ["X-Some": "thing"]
            let reply = try await client.transport.post(request)
            #expect(reply.status == 200 && reply.body == [1, 2, 3])
            #expect(reply.headers["X-Seen"] == "POST /a?b=c 127.7.0.61")
            #expect(reply.headers["Server"] == "Oxen Storage Server/2.8.0")
            #expect(reply.headers["Content-Length"] == "3")
            #expect(reply.headers["Date"]?.hasSuffix(" GMT") == true)
            await server.transport.close()
            await client.transport.close()
        }

        @Test("HTTPS works with a certificate nobody vouches for, unless the caller wants it checked")
        func https() async throws {
            try await withFolder { folder in
                let server = try await Participant(
                    62, tls: TLSIdentity.selfSigned(in: folder), services: Self.serving)
                let client = try await Participant(63)
                var request = Self.post(try server.url(scheme: "https"), [4])
                let reply = try await client.transport.post(request)
                #expect(reply.body == [4])
                #expect(reply.headers["X-Seen"] == "POST / 127.7.0.63")
                request.verifiesCertificate = true
                // An onion's sender is told it, who has no use for the places in the sources of a library.
                await #expect {
                    try await client.transport.post(request)
                } throws: { error in
                    guard case TransportError.unreachable(_, let reason) = error else { return false }
                    return reason == "its certificate is not trusted: self-signed certificate"
                }
                await server.transport.close()
                await client.transport.close()
            }
        }

        @Test("A reply without a type has none, and each kind of connection end is honoured")
        func rawHeaders() async throws {
            let server = try await Participant(64, services: Self.serving)
            let port = try #require(server.ports.http)
            let text =
                "POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                + "POST /again HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nde"
            let received = try await RawTCP.talk(server.address, port, sending: Bytes(text.utf8)) { _ in false }
            let answers = String(decoding: received, as: UTF8.self).components(separatedBy: "HTTP/1.1 200 OK\r\n")
            try #require(answers.count == 3)
            #expect(!answers[1].contains("Content-Type") && answers[1].contains("Content-Length: 0"))
            #expect(!answers[1].contains("Connection: close"))
            #expect(answers[2].contains("Connection: close") && answers[2].hasSuffix("\r\n\r\nde"))
            #expect(answers[2].contains("X-Seen: POST /again 127.0.0.1"))
            await server.transport.close()
        }

        @Test("A body above the service's limit is refused, whether it is announced or comes in pieces")
        func oversized() async throws {
            let server = try await Participant(65, services: Self.serving)
            let client = try await Participant(66)
            let port = try #require(server.ports.http)
            let reply = try await client.transport.post(Self.post(server.url(), Bytes(repeating: 1, count: 1001)))
            #expect(reply.status == 413)
            #expect(reply.headers["Connection"] == "close")
            let piece = "200\r\n" + String(repeating: "x", count: 512) + "\r\n"
            let large = 20 << 20
            for text in [
                "Transfer-Encoding: chunked\r\n\r\n" + piece + piece + piece,
                "Content-Length: \(large)\r\n\r\n",
                "Content-Length: \(large)\r\n\r\n" + String(repeating: "x", count: large),
            ] {
                let request = Bytes("POST / HTTP/1.1\r\nHost: x\r\n\(text)".utf8)
                let received = try await RawTCP.talk(server.address, port, sending: request) {
                    String(decoding: $0, as: UTF8.self).hasSuffix("too large")
                }
                #expect(String(decoding: received, as: UTF8.self).hasPrefix("HTTP/1.1 413 Payload Too Large\r\n"))
            }
            #expect(try await client.transport.post(Self.post(server.url(), [1])).body == [1])
            await server.transport.close()
            await client.transport.close()
        }

        @Test(
            "Bytes that are no HTTP request are told so before the connection ends",
            arguments: [
                ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n", "invalid Content-Length"),
                ("no such thing\r\n\r\n", "Bad Request\n"),
            ])
        func malformed(request: String, text: String) async throws {
            let service = TransportServices(http: { _, _ in HTTPReply(status: 200) })
            let server = try await Participant(69, services: service)
            let port = try #require(server.ports.http)
            let received = try await RawTCP.talk(server.address, port, sending: Bytes(request.utf8)) {
                String(decoding: $0, as: UTF8.self).hasSuffix(text)
            }
            let answer = String(decoding: received, as: UTF8.self)
            #expect(
                answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && answer.hasSuffix("\r\n\r\n\(text)"), "\(answer)")
            await server.transport.close()
        }

        @Test("A body that nobody reads does not pile up")
        func backPressure() async throws {
            let mayRead = Gate()
            mayRead.shut()
            let arrived = Counter()
            let service: HTTPService = { _, body in
                await arrived.add()
                do {
                    try await mayRead.pass()
                    return HTTPReply(status: 200, body: Bytes("\(try await body.collect(upTo: 1 << 30).count)".utf8))
                } catch {
                    return HTTPReply(status: 500)
                }
            }
            let server = try await Participant(67, services: TransportServices(http: service))
            let port = try #require(server.ports.http)
            let head = Bytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n".utf8)
            let taken = try await RawTCP.offer(server.address, port, head + Bytes(repeating: 1, count: 50_000_000))
            // What the system buffers on both sides is all.
            #expect(taken < 20_000_000)
            #expect(await arrived.count == 1)
            mayRead.open()
            let client = try await Participant(68)
            let all = Self.post(try server.url(), Bytes(repeating: 1, count: 50_000_000))
            #expect(try await client.transport.post(all).body == Bytes("50000000".utf8))
            await server.transport.close()
            await client.transport.close()
        }

        @Test("A refused connection is unreachable, a silent server times out, a long answer is given up")
        func failures() async throws {
            let silent = Gate()
            silent.shut()
            let service: HTTPService = { head, _ in
                if head.path == "/long" { return HTTPReply(status: 200, body: Bytes(repeating: 1, count: 5000)) }
                // Ends when the connection is cut.
                do { try await silent.pass() } catch { return HTTPReply(status: 500) }
                return HTTPReply(status: 200)
            }
            let server = try await Participant(69, services: TransportServices(http: service))
            let client = try await Participant(70)
            let url = try server.url()
            await #expect(throws: TransportError.timedOut(address: url, after: .milliseconds(200))) {
                try await client.transport.post(Self.post(url, timeout: .milliseconds(200)))
            }
            var long = Self.post(try server.url("/long"))
            long.replyLimit = 4999
            await #expect(
                throws: TransportError.unreachable(
                    address: long.url, reason: "its answer is longer than 4999 bytes")
            ) { try await client.transport.post(long) }
            let waiting = Task { try await client.transport.post(Self.post(url, timeout: .seconds(3600))) }
            let port = try #require(server.ports.http)
            _ = try await RawTCP.talk(server.address, port, sending: Bytes("GET /long HTTP/1.1\r\n\r\n".utf8)) {
                !$0.isEmpty
            }
            await server.transport.drop()
            await #expect { try await waiting.value } throws: { ($0 as? TransportError)?.isUnreachable == true }
            await #expect {
                try await client.transport.post(Self.post(url, timeout: .seconds(3600)))
            } throws: {
                ($0 as? TransportError)?.isUnreachable == true
            }
            await client.transport.close()
            await #expect(throws: TransportError.closed) { try await client.transport.post(long) }
        }

        @Test("Closing the transport ends its own posts")
        func closing() async throws {
            let arrived = Counter()
            let service: HTTPService = { _, _ in
                await arrived.add()
                await OneShot<Void>().value(whenCancelled: ())
                return HTTPReply(status: 200)
            }
            let server = try await Participant(71, services: TransportServices(http: service))
            let client = try await Participant(72)
            let url = try server.url()
            let waiting = Task { try await client.transport.post(Self.post(url, timeout: .seconds(3600))) }
            await arrived.reaches(1)
            await client.transport.close()
            await #expect(throws: TransportError.closed) { try await waiting.value }
            await server.transport.close()
        }

        @Test("A held server lets requests wait, and answers them when released")
        func held() async throws {
            let server = try await Participant(73, services: Self.serving)
            let client = try await Participant(74)
            let url = try server.url()
            server.transport.hold()
            await #expect(throws: TransportError.timedOut(address: url, after: .milliseconds(200))) {
                try await client.transport.post(Self.post(url, timeout: .milliseconds(200)))
            }
            async let late = client.transport.post(Self.post(url, [7], timeout: .seconds(3600)))
            server.transport.release()
            #expect(try await late.body == [7])
            await server.transport.close()
            await client.transport.close()
        }

        @Test("An address that is taken is named, with the system's reason, and so is an unusable certificate")
        func bindConflict() async throws {
            let server = try await Participant(75, services: Self.serving)
            let port = try #require(server.ports.http)
            await #expect(
                throws: TransportError.cannotListen(address: "127.7.0.75:\(port)", reason: "Address already in use")
            ) {
                _ = try await Participant(75, httpPort: port, services: Self.serving)
            }
            await server.transport.close()
            let again = try await Participant(75, httpPort: port, services: Self.serving)
            await again.transport.close()
            let missing = TLSIdentity(certificateFile: "/nowhere/cert.pem", keyFile: "/nowhere/key.pem")
            await #expect {
                _ = try await Participant(75, tls: missing, services: Self.serving)
            } throws: {
                "\($0)".contains("/nowhere/cert.pem")
            }
        }

        @Test("Hundreds of connections that speak garbage leave the listener as it was", arguments: [false, true])
        func garbage(overTLS: Bool) async throws {
            try await withFolder { folder in
                let tls = overTLS ? try TLSIdentity.selfSigned(in: folder) : nil
                let server = try await Participant(76, tls: tls, services: Self.serving)
                let port = try #require(server.ports.http)
                let chance = SeededRandomness(seed: 76)
                let starts = ["", "POST / HTTP/1.1\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}"]
                for number in 0..<300 {
                    let bytes = Bytes(starts[number % starts.count].utf8) + chance.bytes(Int(chance.next() % 600))
                    _ = try await RawTCP.talk(server.address, port, sending: bytes) { _ in true }
                }
                let client = try await Participant(77)
                let url = try server.url(scheme: overTLS ? "https" : "http")
                #expect(try await client.transport.post(Self.post(url, [8])).body == [8])
                await server.transport.close()
                await client.transport.close()
            }
        }

        @Test("Text that is not HTTP gets 400 and the end of the connection")
        func notHTTP() async throws {
            let server = try await Participant(78, services: Self.serving)
            let port = try #require(server.ports.http)
            let received = try await RawTCP.talk(server.address, port, sending: Bytes("hello there\r\n\r\n".utf8)) {
                _ in false
            }
            #expect(String(decoding: received, as: UTF8.self).hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            await server.transport.close()
        }

        @Test("The Date header is written as RFC 9110 wants it")
        func date() {
            #expect(HTTPDate.text(at: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
            #expect(HTTPDate.text(at: 1_709_164_800) == "Thu, 29 Feb 2024 00:00:00 GMT")
        }
    }
}

extension TransportError {
    fileprivate var isUnreachable: Bool {
        if case .unreachable = self { true } else { false }
    }
}
