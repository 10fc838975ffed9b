import CZMQ
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    /// How many message-queue connections a listener has at once.
    @Suite struct QueueConnectionLimits {
        private static let anHour = Duration.seconds(3600)
        private static let hi = [Bytes("HI".utf8)]
        private static let hello = [Bytes("HELLO".utf8)]

        /// A server for so many connections, with a plain listener beside the other; the nodes of these numbers are service
        /// nodes to it.
        private func server(
            _ number: UInt8, most: Int, handshakeLimit: Int32 = 3_600_000, serviceNodes: [UInt8] = [],
            commands: [String: OMQService.Command] = OMQService.echo.commands
        ) async throws -> Participant {
            let keys = Set(try serviceNodes.map { try makeKeys($0).publicKey })
            return try await Participant(
                number, mostConnections: most, handshakeLimit: handshakeLimit,
                plainListeners: [
                    PlainListener(
                        address: IPv4Address(127, 7, 0, number), caller: try makeKeys(99).publicKey,
                        callerAddress: .loopback)
                ],
                services: TransportServices(
                    omq: OMQService(commands: commands, isServiceNode: { keys.contains($0) })))
        }

        @Test(
            "One connection more than a listener has room for is refused, and room is made when one ends",
            arguments: [false, true])
        func tooMany(isPlain: Bool) async throws {
            let arrived = Counter()
            let (go, letGo) = AsyncStream.makeStream(of: Void.self)
            let server = try await server(
                100, most: 1,
                commands: [
                    "slow.one": OMQService.Command(access: .anyone) { _ in
                        await arrived.add()
                        for await _ in go { break }
                        return []
                    }
                ])
            @Sendable func dial(_ message: [Bytes], patience: Int32) async throws -> [[Bytes]] {
                try await RawQueuePeer.dial(
                    server.address, try #require(isPlain ? server.ports.plain.first : server.ports.omq),
                    serverKey: isPlain ? nil : server.keys.publicKey, keys: isPlain ? nil : try makeKeys(101),
                    sending: [message], expecting: 1, patience: patience)
            }
            async let first = dial([Bytes("slow.one".utf8), Bytes("tag".utf8)], patience: 60_000)
            await arrived.reaches(1)
            #expect(try await dial(Self.hi, patience: 300) == [])
            letGo.finish()
            #expect(try await first == [[Bytes("REPLY".utf8), Bytes("tag".utf8)]])
            // The place is free once the server has noticed the end of the first.
            while try await dial(Self.hi, patience: 300) != [Self.hello] {}
            await server.transport.close()
        }

        @Test("Service nodes have as much room again, and what comes beyond that is cut before its handshake")
        func serviceNodes() async throws {
            let server = try await server(102, most: 1, serviceNodes: [104])
            let (client, other) = (try await Participant(103), try await Participant(105))
            let node = try await Participant(104)
            let peer = try server.peer()
            let echo = OMQOutcome.reply([[1]])
            #expect(await client.transport.request(peer, "echo.back", [[1]], timeout: Self.anHour) == echo)
            // The refusal is an answer: it comes at once, not when the time for the handshake is over.
            #expect(await other.transport.request(peer, "echo.back", [[1]], timeout: Self.anHour).isUnreachable)
            // Its place is free once the server has noticed its end.
            while await node.transport.request(peer, "echo.back", [[1]], timeout: Self.anHour) != echo {}
            let extra = try RawTCP.Connection(server.address, peer.port)
            #expect(try await onThread { extra.isEndedByPeer() })
            // Those that were there first are as they were.
            #expect(await client.transport.request(peer, "echo.back", [[1]], timeout: Self.anHour) == echo)
            #expect(await node.transport.request(peer, "echo.back", [[1]], timeout: Self.anHour) == echo)
            for participant in [server, client, other, node] { await participant.transport.close() }
        }

        @Test("A connection without a handshake takes a place, and gives it back when it ends")
        func silent() async throws {
            let server = try await server(106, most: 1)
            let client = try await Participant(107)
            let peer = try server.peer()
            do {
                let silent = try RawTCP.Connection(server.address, peer.port)
                #expect(await client.transport.request(peer, "echo.back", [], timeout: Self.anHour).isUnreachable)
                withExtendedLifetime(silent) {}
            }
            while await client.transport.request(peer, "echo.back", [], timeout: Self.anHour).isUnreachable {}
            for participant in [server, client] { await participant.transport.close() }
        }

        @Test("A connection that does not finish its handshake in time is ended, and its place is free")
        func handshake() async throws {
            let server = try await server(108, most: 1, handshakeLimit: 200)
            let client = try await Participant(109)
            let peer = try server.peer()
            let silent = try RawTCP.Connection(server.address, peer.port)
            #expect(try await onThread { silent.isEndedByPeer() })
            let outcome = await client.transport.request(peer, "echo.back", [], timeout: Self.anHour)
            #expect(outcome == .reply([]))
            for participant in [server, client] { await participant.transport.close() }
        }

        @Test("A handshake may take ten seconds")
        func standard() throws {
            let configuration = SocketTransport.Configuration(address: .loopback, keys: try makeKeys(1), name: "")
            #expect(configuration.handshakeLimit == 10_000)
            #expect(OMQListener.Admission().handshakeLimit == 10_000)
        }

        @Test("A connection that lost its routing id to another one takes no place once its peer is gone")
        func takenOver() async throws {
            let server = try await server(110, most: 2)
            let peer = try server.peer()
            let context = try ZMQContext(ioThreads: 1)
            func dealer(_ id: UInt64) throws -> ZMQSocket {
                let socket = try ZMQSocket(context, type: ZMQ_DEALER, id: id)
                try socket.setCommonOptions(keys: try makeKeys(111))
                try socket.set(ZMQ_CURVE_SERVERKEY, peer.publicKey.bytes)
                try socket.set(ZMQ_ROUTING_ID, Bytes("Lsame".utf8))
                try socket.connect("tcp://\(peer.address):\(peer.port)")
                #expect(socket.send(Self.hi))
                #expect(socket.receive(waits: true)?.frames == Self.hello)
                return socket
            }
            let first = try dealer(1)
            let second = try dealer(2)
            // libzmq has nowhere to put this, stops reading, and never learns of the end.
            #expect(first.send(Self.hi))
            first.close(linger: 10_000)
            let client = try await Participant(112)
            while await client.transport.request(peer, "echo.back", [], timeout: Self.anHour).isUnreachable {}
            second.close(linger: 0)
            try await onThread { context.terminate() }
            for participant in [server, client] { await participant.transport.close() }
        }
    }
}
