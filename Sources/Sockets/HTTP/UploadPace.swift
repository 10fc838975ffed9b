import NIOCore

/// Ends connections that send a request too slowly: one that takes longer than ``window`` must bring ``bytesPerWindow``
/// in each (storage-node §2.1: at least 16 KiB a second). A peer that sends nothing at all is cut off elsewhere.
///
/// Sits where bytes are no longer encrypted. A request that comes in at once costs neither a timer nor a look at the
/// clock.
final class UploadPace: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static let window = TimeAmount.seconds(10)
    static let bytesPerWindow = 160 << 10
    /// What may be on its way when a window ends: that of its last second.
    private static let bytesUnderWay = 16 << 10

    /// Whether some of a request has come in and its end has not.
    private var isUnderWay = false
    /// When the current window began; `nil` when none has.
    private var start: NIODeadline?
    private var received = 0
    private var look: Scheduled<Void>?
    private var isOver = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What was under way when the connection was cut must not get through in pieces.
        guard !isOver else { return }
        isUnderWay = true
        received += unwrapInboundIn(data).readableBytes
        if received >= Self.bytesPerWindow { restart() }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isUnderWay, start == nil, !isOver {
            let now = context.eventLoop.now
            start = now
            if look == nil { lookAgain(context, at: now + Self.window) }
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOver = true
        look?.cancel()
        look = nil
        context.fireChannelInactive()
    }

    /// A request has come in whole; what follows is another one.
    func requestEnded() {
        isUnderWay = false
        restart()
    }

    /// The time until more comes in is not the peer's to answer for: nothing is read, or other work goes first.
    func restart() {
        start = nil
        received = 0
    }

    private func lookAgain(_ context: ChannelHandlerContext, at time: NIODeadline) {
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        look = context.eventLoop.scheduleTask(deadline: time) {
            let (pace, context) = connection.value
            pace.check(context)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        look = nil
        guard let start, !isOver else { return }
        let end = start + Self.window
        guard end <= context.eventLoop.now else { return lookAgain(context, at: end) }
        guard received < Self.bytesPerWindow - Self.bytesUnderWay else {
            restart()
            self.start = end
            return lookAgain(context, at: end + Self.window)
        }
        isOver = true
        ConnectionCutter.cut(context)
    }
}
