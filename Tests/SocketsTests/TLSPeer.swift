import NIOCore
import NIOEmbedded
import SessionProtocol

@testable import Sockets

/// A TLS client that reads and writes when it is told to, and not by itself. Stays on the thread that made it.
final class TLSPeer {
    private let connection: RawTCP.Connection
    private let channel = EmbeddedChannel()

    init(_ address: IPv4Address, _ port: UInt16) throws {
        connection = try RawTCP.Connection(address, port)
        try channel.pipeline.syncOperations.addHandler(TLSHandler(TLSContext(verifying: false)))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try flush()
    }

    /// Sends; during the handshake as soon as that is done.
    func send(_ bytes: Bytes) throws {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        try flush()
    }

    /// Waits for some bytes and takes them in.
    /// - Returns: what they say; `nil` when the server has ended the connection.
    func receive() throws -> Bytes? {
        let sealed = connection.receive()
        if sealed.isEmpty { return nil }
        try channel.writeInbound(ByteBuffer(bytes: sealed))
        try flush()
        var opened = Bytes()
        while let bytes = try channel.readInbound(as: ByteBuffer.self) { opened += bytes.readableBytesView }
        return opened
    }

    /// Waits for bytes and lets them lie; `false` when the server has ended the connection instead.
    func hasSomething() -> Bool { connection.hasSomething() }

    /// Whether the server ends the connection without a word from this side. What it sends lies unopened.
    func isEndedByPeer() -> Bool { connection.isEndedByPeer() }

    private func flush() throws {
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
            connection.send(Bytes(bytes.readableBytesView))
        }
    }
}
