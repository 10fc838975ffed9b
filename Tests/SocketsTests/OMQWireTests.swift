import CZMQ
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    // libzmq 4.3.4 aborts the process when its heartbeat timer fires on a connection that was taken over and broke.
    @Test("Listeners and links never ask libzmq for heartbeats")
    func noHeartbeats() throws {
        let context = try ZMQContext(ioThreads: 1)
        for type in [ZMQ_ROUTER, ZMQ_DEALER] {
            let socket = try ZMQSocket(context, type: type, id: 1)
            try socket.setCommonOptions(keys: try makeKeys(1))
            for option in [ZMQ_HEARTBEAT_IVL, ZMQ_HEARTBEAT_TIMEOUT] {
                var (value, size) = (Int32(1), MemoryLayout<Int32>.size)
                #expect(zmq_getsockopt(socket.raw, option, &value, &size) == 0)
                #expect(value == (option == ZMQ_HEARTBEAT_IVL ? 0 : -1))
            }
            socket.close(linger: 0)
        }
        context.terminate()
    }

    /// Frame by frame against plain libzmq (storage-node §2.2).
    @Suite struct OMQWire {
        private static func text(_ frames: String...) -> [Bytes] { frames.map { Bytes($0.utf8) } }

        struct Row: Sendable, CustomTestStringConvertible {
            var sent: [String]
            var expected: [String]
            var testDescription: String { sent.map { String($0.prefix(20)) }.joined(separator: " ") }

            init(_ sent: String..., gives expected: [String]) {
                self.sent = sent
                self.expected = expected
            }
        }

        @Test(
            "Every message gets the frames the protocol says",
            arguments: [
                Row("HI", gives: ["HELLO"]),
                Row("echo.back", "tag", "a", "", gives: ["REPLY", "tag", "a", ""]),
                Row("echo.back", "tag", gives: ["REPLY", "tag"]),
                Row("echo.back", gives: ["NO_REPLY_TAG", "echo.back"]),
                Row("sn.only", "tag", "a", gives: ["FORBIDDEN_SN", "REPLY", "tag"]),
                Row("sn.only", gives: ["FORBIDDEN_SN", "sn.only"]),
                Row("admin.only", "tag", gives: ["FORBIDDEN", "REPLY", "tag"]),
                Row("echo.other", "tag", gives: ["UNKNOWNCOMMAND", "echo.other"]),
                Row("nodot", "tag", gives: ["UNKNOWNCOMMAND", "nodot"]),
                Row("", "tag", gives: ["UNKNOWNCOMMAND", ""]),
                Row(
                    String(repeating: "x", count: 300),
                    gives: ["UNKNOWNCOMMAND", String(repeating: "x", count: 300)]),
            ])
        func frames(row: Row) async throws {
            let node = try await Participant(20, services: .echo)
            let port = try #require(node.ports.omq)
            let received = try await RawQueuePeer.dial(
                node.address, port, serverKey: node.keys.publicKey, keys: makeKeys(21),
                sending: [row.sent.map { Bytes($0.utf8) }], expecting: 1)
            #expect(received == [row.expected.map { Bytes($0.utf8) }])
            await node.transport.close()
        }

        @Test("Messages that ask for nothing get nothing, and the connection goes on")
        func ignored() async throws {
            let node = try await Participant(22, services: .echo)
            let port = try #require(node.ports.omq)
            let received = try await RawQueuePeer.dial(
                node.address, port, serverKey: node.keys.publicKey, keys: makeKeys(23),
                sending: [
                    Self.text("HELLO"), Self.text("BYE"), Self.text("REPLY"), Self.text("REPLY", "no such tag", "x"),
                    Self.text("FORBIDDEN", "REPLY", "no such tag"), Self.text("UNKNOWNCOMMAND", "x"),
                    Self.text("echo.back", "tag"),
                ], expecting: 1)
            #expect(received == [Self.text("REPLY", "tag")])
            await node.transport.close()
        }

        @Test("A frame of 10 MiB is taken, one byte more ends the connection, and the listener goes on")
        func frameLimit() async throws {
            let node = try await Participant(24, services: .echo)
            let port = try #require(node.ports.omq)
            // Encryption adds 33 bytes to what libzmq measures.
            let largest = Bytes(repeating: 5, count: Limits.requestBytes - 33)
            let fits = try await RawQueuePeer.dial(
                node.address, port, serverKey: node.keys.publicKey, keys: makeKeys(25),
                sending: [Self.text("echo.back", "tag") + [largest]], expecting: 1)
            #expect(fits == [Self.text("REPLY", "tag") + [largest]])
            let tooLong = try await RawQueuePeer.dial(
                node.address, port, serverKey: node.keys.publicKey, keys: makeKeys(25),
                sending: [Self.text("echo.back", "tag") + [largest + [5]]], expecting: 1, patience: 500)
            #expect(tooLong == [])
            let next = try await RawQueuePeer.dial(
                node.address, port, serverKey: node.keys.publicKey, keys: makeKeys(25),
                sending: [Self.text("HI")], expecting: 1)
            #expect(next == [Self.text("HELLO")])
            await node.transport.close()
        }

        @Test("Who has the wrong key of a node hears nothing from it")
        func wrongKey() async throws {
            let node = try await Participant(26, services: .echo)
            let port = try #require(node.ports.omq)
            let wrong = try makeKeys(27).publicKey
            let received = try await RawQueuePeer.dial(
                node.address, port, serverKey: wrong, keys: makeKeys(28), sending: [Self.text("HI")], expecting: 1,
                patience: 500)
            #expect(received == [])
            let other = try await Participant(29)
            let outcome = await other.transport.request(
                OMQPeer(address: node.address, port: port, publicKey: wrong), "echo.back", [], timeout: .seconds(60))
            #expect(outcome.isUnreachable)
            #expect(
                await other.transport.request(try node.peer(), "echo.back", [[1]], timeout: .seconds(60))
                    == .reply([[1]]))
            await node.transport.close()
            await other.transport.close()
        }

        @Test("Service nodes connect under L and their key without greeting; others greet under another id")
        func greetings() async throws {
            for (role, number) in [(OMQPeer.Role.serviceNode, UInt8(30)), (.ledger, 32), (.client, 34)] {
                let address = IPv4Address(127, 7, 0, number)
                let serverKeys = try makeKeys(number)
                let dialer = try await Participant(number + 1)
                let bound = OneShot<UInt16>()
                async let session = RawQueuePeer.serve(at: address, keys: serverKeys, bound: bound) { message in
                    [message[0], Bytes("BYE".utf8)]
                }
                let peer = OMQPeer(
                    address: address, port: await bound.value(), publicKey: serverKeys.publicKey, role: role)
                let outcome = await dialer.transport.request(peer, "a.b", [[9]], timeout: .seconds(60))
                #expect(outcome == .unreachable("BYE"))
                let messages = try #require(try await session)
                let request = try #require(messages.last)
                #expect(messages.count == (role == .serviceNode ? 1 : 2))
                #expect(request.count == 4 && request[1] == Bytes("a.b".utf8) && request[2].count == 15)
                #expect((request[0] == [UInt8(ascii: "L")] + dialer.keys.publicKey.bytes) == (role == .serviceNode))
                if role != .serviceNode { #expect(Array(messages[0][1...]) == [Bytes("HI".utf8)]) }
                await dialer.transport.close()
            }
        }

        @Test("A link that is not used closes after its idle time")
        func idle() async throws {
            let address = IPv4Address(127, 7, 0, 36)
            let serverKeys = try makeKeys(36)
            let dialer = try await Participant(37, idleLimit: .milliseconds(50))
            let bound = OneShot<UInt16>()
            async let session = RawQueuePeer.serve(at: address, keys: serverKeys, bound: bound) { message in
                [message[0], Bytes("REPLY".utf8), message[2]]
            }
            let peer = OMQPeer(address: address, port: await bound.value(), publicKey: serverKeys.publicKey)
            #expect(await dialer.transport.request(peer, "a.b", [], timeout: .seconds(60)) == .reply([]))
            #expect(try await session?.count == 1)
            await dialer.transport.close()
        }
    }
}

extension OMQOutcome {
    var isUnreachable: Bool {
        if case .unreachable = self { true } else { false }
    }
}
