import NIOCore
import NIOPosix
import SessionProtocol

@testable import Sockets

/// A TLS connection inside which anything is said.
struct TLSConnection: Sendable {
    private let context: TLSContext
    private let group: MultiThreadedEventLoopGroup

    private static let patience = TimeAmount.seconds(10)

    init() throws {
        context = try TLSContext(verifying: false)
        group = .singleton
    }

    /// Connects, says it, and hangs up on the first answer.
    func say(_ bytes: Bytes, to place: LoopbackPort) async -> RawConnection.Ending {
        let started = ContinuousClock.now
        do {
            let channel = try await ClientBootstrap(group: group).channelInitializer {
                [context] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        try TLSHandler(context), HangUp())
                }
            }.connect(host: place.address.description, port: Int(place.port)).get()
            let impatience = channel.eventLoop.scheduleTask(in: Self.patience) {
                channel.close(promise: nil)
            }
            defer { impatience.cancel() }
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
            // Input that waits for more to come gets no answer; its end is the server's to notice.
            if !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) { channel.close(promise: nil) }
            try await channel.closeFuture.get()
            return ContinuousClock.now - started < .nanoseconds(Self.patience.nanoseconds)
                ? .closed : .hung
        } catch {
            return .refused
        }
    }

    private final class HangUp: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
