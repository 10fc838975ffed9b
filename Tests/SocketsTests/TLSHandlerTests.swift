import NIOCore
import NIOEmbedded
import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct TLSHandlers {
        /// Two ends of a connection, and what each was told.
        private struct Pair {
            let client: EmbeddedChannel
            let server: EmbeddedChannel

            init(_ identity: TLSIdentity) throws {
                server = EmbeddedChannel(handler: try TLSHandler(TLSContext(serving: identity)))
                client = EmbeddedChannel(handler: try TLSHandler(TLSContext(verifying: false), server: "example.org"))
                for channel in [server, client] {
                    try channel.connect(to: NIOCore.SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
                }
            }

            /// Carries bytes to and fro until neither end says more.
            /// - Parameter length: so many arrive together at most.
            func settle(inPiecesOf length: Int) throws {
                var moved = true
                while moved {
                    moved = false
                    for (from, to) in [(client, server), (server, client)] {
                        while var bytes = try from.readOutbound(as: ByteBuffer.self) {
                            moved = true
                            while let piece = bytes.readSlice(length: min(length, bytes.readableBytes)),
                                piece.readableBytes > 0
                            { try to.writeInbound(piece) }
                        }
                    }
                }
            }

            static func received(_ channel: EmbeddedChannel) throws -> Bytes {
                var all = Bytes()
                while let buffer = try channel.readInbound(as: ByteBuffer.self) { all += buffer.readableBytesView }
                return all
            }
        }

        private static func with(_ body: (Pair) throws -> Void) async throws {
            try await withFolder { folder in try body(try Pair(TLSIdentity.selfSigned(in: folder))) }
        }

        @Test("Both ends understand each other however the network cuts their bytes", arguments: [1, 5, 1000, 1 << 20])
        func cuts(length: Int) async throws {
            let long = SeededRandomness(seed: 5).bytes(min(200_000, 20_000 * length))
            try await Self.with { pair in
                // Written before there is a handshake, and in one flush after it.
                pair.client.writeAndFlush(ByteBuffer(bytes: [1, 2, 3]), promise: nil)
                try pair.settle(inPiecesOf: length)
                #expect(try Pair.received(pair.server) == [1, 2, 3])
                for piece in [Bytes([4]), [], long, [5, 6]] {
                    pair.server.write(ByteBuffer(bytes: piece), promise: nil)
                }
                pair.server.flush()
                try pair.settle(inPiecesOf: length)
                #expect(try Pair.received(pair.client) == [4] + long + [5, 6])
                pair.client.close(promise: nil)
                try pair.settle(inPiecesOf: length)
                #expect(!pair.server.isActive && !pair.client.isActive)
            }
        }

        @Test("Small pieces that are flushed together leave as one record")
        func merged() async throws {
            try await Self.with { pair in
                try pair.settle(inPiecesOf: 1000)
                for byte in 0..<10 as Range<UInt8> { pair.server.write(ByteBuffer(bytes: [byte]), promise: nil) }
                pair.server.flush()
                let sent = try #require(try pair.server.readOutbound(as: ByteBuffer.self))
                // Ten bytes, one of their kind, sixteen of the seal, five of the head.
                #expect(sent.readableBytes == 32)
                #expect(try pair.server.readOutbound(as: ByteBuffer.self) == nil)
            }
        }

        @Test("Who has closed takes nothing in any more, though it was on its way")
        func closed() async throws {
            try await Self.with { pair in
                try pair.settle(inPiecesOf: 1000)
                pair.client.writeAndFlush(ByteBuffer(bytes: [7]), promise: nil)
                let request = try #require(try pair.client.readOutbound(as: ByteBuffer.self))
                pair.server.close(promise: nil)
                // The socket may still hand over what it has read.
                try pair.server.writeInbound(request)
                #expect(try Pair.received(pair.server).isEmpty)
                try pair.settle(inPiecesOf: 1000)
                #expect(!pair.client.isActive)
            }
        }

        @Test("What is no TLS ends the connection with a reason, and writes that wait are told")
        func noTLS() async throws {
            try await Self.with { pair in
                let waiting = pair.server.writeAndFlush(ByteBuffer(bytes: [1]))
                #expect(throws: TLSFailure("no encrypted connection came about: http request")) {
                    try pair.server.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
                }
                #expect(!pair.server.isActive)
                #expect(throws: ChannelError.ioOnClosedChannel) { try waiting.wait() }
            }
        }

        @Test("Files that are no certificate or key are named")
        func unusable() async throws {
            try await withFolder { folder in
                let identity = try TLSIdentity.selfSigned(in: folder)
                let swapped = TLSIdentity(certificateFile: identity.keyFile, keyFile: identity.certificateFile)
                #expect(throws: TLSFailure("cannot use \(identity.keyFile) as certificate: no start line")) {
                    try TLSContext(serving: swapped)
                }
                let missing = TLSIdentity(certificateFile: identity.certificateFile, keyFile: "/nowhere/key.pem")
                #expect(throws: TLSFailure("cannot use /nowhere/key.pem as private key: No such file or directory")) {
                    try TLSContext(serving: missing)
                }
            }
        }
    }
}
