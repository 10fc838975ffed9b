import NIOCore

/// Ends connections that send a request too slowly: one that takes longer than ``window`` must bring ``bytesPerWindow``
/// in each (storage-node §2.1: at least 16 KiB a second). A peer that sends nothing at all is cut off elsewhere.
///
/// Sits where bytes are no longer encrypted. Looks at the time only when bytes come in, so it costs no timer.
final class UploadPace: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static let window = TimeAmount.seconds(10)
    static let bytesPerWindow = 160 << 10

    /// When the current window began; `nil` between requests.
    private var start: NIODeadline?
    private var received = 0
    private let now: () -> NIODeadline

    init(now: @escaping () -> NIODeadline = { .now() }) { self.now = now }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytes
        let time = now()
        if let start, time - start >= Self.window, received < Self.bytesPerWindow {
            context.close(promise: nil)
            return
        }
        if start == nil || received >= Self.bytesPerWindow {
            start = time
            received = 0
        }
        context.fireChannelRead(data)
    }

    /// A request has come in whole; what follows is another one.
    func requestEnded() {
        start = nil
        received = 0
    }
}
