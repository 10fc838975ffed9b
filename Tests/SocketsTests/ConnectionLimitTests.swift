import NIOCore
import NIOEmbedded
import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct ConnectionLimits {
        private static let request = Bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)

        @Test("One connection more than a listener serves is closed at once, and room is made when one ends")
        func tooMany() async throws {
            let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
            let (go, letGo) = AsyncStream.makeStream(of: Void.self)
            let server = try await Participant(
                90, mostConnections: 1,
                services: TransportServices(http: { _, _ in
                    arrived.yield()
                    for await _ in go { break }
                    return HTTPReply(status: 200, closesConnection: true)
                }))
            let port = try #require(server.ports.http)
            async let first = RawTCP.talk(server.address, port, sending: Self.request) { _ in false }
            for await _ in arrivals { break }
            let second = try await RawTCP.talk(server.address, port, sending: Self.request) { _ in false }
            #expect(second.isEmpty)
            letGo.finish()
            #expect(String(decoding: try await first, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
            // The place is free once the server has noticed the end of the first.
            var third = Bytes()
            while third.isEmpty {
                third = try await RawTCP.talk(server.address, port, sending: Self.request) { !$0.isEmpty }
            }
            #expect(String(decoding: third, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
            await server.transport.close()
        }

        /// A connection whose time is the test's.
        private final class Paced {
            let channel = EmbeddedChannel()
            let pace = UploadPace()

            init() throws {
                try channel.pipeline.syncOperations.addHandler(pace)
                try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            }

            func receive(_ count: Int, after seconds: Int64) throws {
                pass(seconds)
                try channel.writeInbound(ByteBuffer(repeating: 1, count: count))
            }

            func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

            /// How many bytes were passed on.
            func passedOn() throws -> Int {
                var count = 0
                while let bytes = try channel.readInbound(as: ByteBuffer.self) { count += bytes.readableBytes }
                return count
            }
        }

        @Test(
            "A request that has gone on for ten seconds and brought little is cut off in that moment, however it drips",
            arguments: [[], [1], [5, 4], [1, 1, 1, 1, 1, 1, 1, 1, 1], [9]] as [[Int64]])
        func drip(pauses: [Int64]) throws {
            let connection = try Paced()
            try connection.receive(1, after: 3)
            for pause in pauses { try connection.receive(1, after: pause) }
            connection.pass(9 - pauses.reduce(0, +))
            #expect(connection.channel.isActive)
            connection.pass(1)
            #expect(!connection.channel.isActive)
        }

        @Test("Nothing that comes after the cut is passed on, much as it may be")
        func afterTheCut() throws {
            let connection = try Paced()
            try connection.receive(5, after: 1)
            connection.pass(10)
            #expect(try connection.passedOn() == 5)
            for _ in 0..<20 { try connection.receive(16_384, after: 0) }
            #expect(try connection.passedOn() == 0)
        }

        @Test("A large request may take as long as it brings 16 KiB a second")
        func steady() throws {
            let connection = try Paced()
            for _ in 0..<100 { try connection.receive(16_384, after: 1) }
            #expect(connection.channel.isActive)
        }

        @Test("Time between requests counts for none of them")
        func pauses() throws {
            let connection = try Paced()
            for _ in 0..<10 {
                try connection.receive(100, after: 9)
                connection.pace.requestEnded()
            }
            #expect(connection.channel.isActive)
        }

        @Test("Time in which the server reads nothing counts against no peer")
        func heldBack() throws {
            let connection = try Paced()
            try connection.receive(65_536, after: 1)
            connection.pace.restart()
            connection.pass(60)
            #expect(connection.channel.isActive)
            try connection.receive(1, after: 0)
            connection.pass(9)
            #expect(connection.channel.isActive)
            connection.pass(1)
            #expect(!connection.channel.isActive)
        }
    }
}
