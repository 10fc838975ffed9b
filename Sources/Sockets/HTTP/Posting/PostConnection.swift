import NIOCore
import NIOHTTP1
import NIOPosix
import NodeRuntime
import SessionProtocol

/// One connection to a server: one request at a time. Lives on its event loop.
final class PostConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// A request and its answer, as far as it has come.
    private struct Exchange {
        let errand: PostErrand
        var isSent = false
        var head: HTTPResponseHead?
        var body = ByteBuffer()
    }

    let route: PostRoute
    /// What ended the connection, if anything is known.
    private(set) var failure: (any Error)?
    private let pool: PostConnections
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    /// How many requests it has carried.
    private var number = 0
    private var idleEnd: Scheduled<Void>?

    /// Shorter than a server keeps an unused connection (10 s, storage-node §2.1), or many a request would meet one that
    /// is just being closed.
    private static let idleLimit = TimeAmount.seconds(5)

    init(_ route: PostRoute, _ pool: PostConnections) {
        self.route = route
        self.pool = pool
    }

    /// It is connected, and nothing is known to have ended it.
    var isUsable: Bool { context?.channel.isActive == true && failure == nil && exchange == nil }

    func carries(_ request: PostRequest) -> Bool { exchange?.errand.request.outcome === request.outcome }

    func carry(_ errand: PostErrand) {
        guard let context else { return errand.fail(PostFailure.ended) }
        idleEnd?.cancel()
        idleEnd = nil
        number += 1
        exchange = Exchange(errand: errand)
        let request = errand.request
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if request.body.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil)
        }
        let sent = context.eventLoop.makePromise(of: Void.self)
        let connection = NIOLoopBound((self, number), eventLoop: context.eventLoop)
        sent.futureResult.whenSuccess {
            let (handler, number) = connection.value
            if handler.number == number { handler.exchange?.isSent = true }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }

    /// Whoever asked has gone: what still comes is nobody's, so the connection cannot go on.
    func giveUp() {
        if failure == nil { failure = PostFailure.ended }
        exchange?.errand.end(.failure(.closed))
        exchange = nil
        context?.close(promise: nil)
    }

    /// Kept open for a while.
    func waitForUse() {
        guard let context else { return }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        idleEnd = context.eventLoop.scheduleTask(in: Self.idleLimit) { connection.value.giveUp() }
        pool.isFree(self)
    }

    // MARK: What comes in

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard exchange != nil else { return end(context, PostFailure.unaskedAnswer) }
        switch unwrapInboundIn(data) {
        case .head(let head):
            exchange?.head = head
            check(context, head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0)
        case .body(var buffer):
            exchange?.body.writeBuffer(&buffer)
            check(context, exchange?.body.readableBytes ?? 0)
        case .end: finish(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, PostFailure.ended)
        idleEnd?.cancel()
        pool.hasEnded(self)
        context.fireChannelInactive()
    }

    private func check(_ context: ChannelHandlerContext, _ length: Int) {
        guard let limit = exchange?.errand.request.replyLimit, length > limit else { return }
        end(context, PostFailure.tooLong(limit: limit))
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let exchange, let head = exchange.head else { return }
        self.exchange = nil
        var headers: [String: String] = [:]
        for (name, value) in head.headers { headers[name] = value }
        exchange.errand.end(
            .success(
                HTTPReply(
                    status: Int(head.status.code), headers: headers, body: Bytes(exchange.body.readableBytesView))))
        if head.isKeepAlive, exchange.isSent, context.channel.isActive { waitForUse() } else { giveUp() }
    }

    private func end(_ context: ChannelHandlerContext, _ error: any Error) {
        if failure == nil { failure = error }
        if let exchange {
            self.exchange = nil
            if number > 1, exchange.head == nil, !(failure is HTTPParserError), !exchange.errand.isOver {
                pool.repeatOnNewConnection(exchange.errand)
            } else {
                exchange.errand.fail(failure ?? error)
            }
        }
        if context.channel.isActive { context.close(promise: nil) }
    }
}
