import Logging
import NIOCore
import NIOHTTP1
import NodeRuntime
import SessionProtocol

/// What every connection of a listener shares.
struct HTTPServing: Sendable {
    var service: HTTPService
    /// Shut while the participant is held: nothing is answered then.
    var gate: Gate
    /// The `Server` header of answers that have none of their own; `nil` for none.
    var serverHeader: String?
    var date: HTTPDate
    /// So many connections are served at once; further ones are closed as they come.
    var mostConnections = OpenConnections.most
    /// A connection on which nothing moves for so long ends, unless the service is at work on its request.
    var idleLimit = Self.usualIdleLimit
    /// Whose tasks requests are; `nil` for the pool that all share.
    var executor: PollThread?
    let unsent = UnsentAnswers()
    /// Told when something large is done with.
    var memory: MemoryReturn?

    /// See ``idleLimit`` (storage-node §2.1).
    static let usualIdleLimit = Duration.seconds(10)
}

/// Serves one connection, one request after another. Lives on its event loop.
///
/// Answers leave as bytes: an encoder and what follows it would each look at the pieces.
final class HTTPConnection: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let serving: HTTPServing
    private var exchange: HTTPExchange?
    private var requestCount = 0
    private var peer: SessionProtocol.IPv4Address?
    /// A read was asked for and is held back until the service wants more.
    private var owesRead = false
    /// Nothing that still comes is a request any more.
    private var isClosing = false
    /// The answer has no end yet: the peer must take what came before it first.
    private var isAnswering = false
    /// What came in after a request that is not answered yet.
    private var later = CircularBuffer<HTTPServerRequestPart>()
    /// What came after it is no HTTP.
    private var laterError: HTTPParserError?

    /// So much of a refused body is read and dropped, so that the peer gets to see the answer before the connection
    /// ends.
    private static let mostDiscarded = 64 << 20
    private static let discardingTime = TimeAmount.seconds(2)
    /// Long answers go out in pieces of so many bytes: a peer that takes one now and then is not idle.
    private static let pieceBytes = 128 << 10

    private let pace: UploadPace
    private let stillness: StillnessWatch

    init(_ serving: HTTPServing, pace: UploadPace) {
        self.serving = serving
        self.pace = pace
        stillness = StillnessWatch(limit: TimeAmount(serving.idleLimit))
    }

    /// A whole request is here, and its answer has not left: what else comes in must wait.
    private var isBusy: Bool { exchange?.hasEnded ?? isAnswering }

    func channelActive(context: ChannelHandlerContext) {
        peer = context.channel.remoteAddress?.ipAddress.flatMap { SessionProtocol.IPv4Address($0) }
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        stillness.start(on: context.eventLoop) {
            let (handler, context) = connection.value
            if handler.exchange?.waitsForPeer ?? true { handler.cut(context) }
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stillness.stop()
        fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError, isBusy, !isClosing {
            laterError = error
        } else {
            broke(context, error)
        }
    }

    private func broke(_ context: ChannelHandlerContext, _ error: any Error) {
        // Bytes that are no HTTP get an answer where none is under way, as they would if they were a bad request.
        if let error = error as? HTTPParserError, exchange == nil, !isClosing, context.channel.isActive {
            isClosing = true
            let text = error == .invalidContentLength ? "invalid Content-Length" : "Bad Request\n"
            let reply = HTTPReply(status: 400, headers: ["Content-Type": "text/plain"], body: Bytes(text.utf8))
            write(context, reply, closes: true, withBody: true)
        }
        isClosing = true
        fail(error)
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        guard wantsMore else {
            owesRead = true
            return pace.restart()
        }
        context.read()
    }

    private var wantsMore: Bool { !isBusy && exchange?.wantsMore ?? true }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let part = unwrapInboundIn(data)
        stillness.moved(context.eventLoop)
        if isBusy || !later.isEmpty { later.append(part) } else { take(context, part) }
    }

    private func take(_ context: ChannelHandlerContext, _ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(context, head)
        case .body(let buffer): took(context, buffer)
        case .end: ended(context)
        }
    }

    /// An answer has left: what came in meanwhile is next.
    private func takeLater(_ context: ChannelHandlerContext) {
        while !isBusy, !isClosing, let part = later.popFirst() { take(context, part) }
        if isClosing { return later.removeAll() }
        if !isBusy, let error = laterError {
            laterError = nil
            return broke(context, error)
        }
        start(context)
        readIfOwed(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelReadComplete()
    }

    // MARK: The request

    private func begin(_ context: ChannelHandlerContext, _ head: NIOHTTP1.HTTPRequestHead) {
        requestCount += 1
        exchange = HTTPExchange(requestCount, head)
    }

    /// The service gets to work when all that came in together has been read: most requests are whole by then, and
    /// their bodies need not be asked for.
    private func start(_ context: ChannelHandlerContext) {
        guard let exchange, let head = exchange.waitingHead else { return }
        self.exchange?.waitingHead = nil
        let number = exchange.number
        if !exchange.hasEnded { self.exchange?.awaitsGoAhead = head.expectsContinue }
        guard !serving.unsent.isFull(for: peer) else {
            let text = "Too Many Requests\n"
            let refusal = HTTPReply(
                status: 429, headers: ["Content-Type": "text/plain"], body: Bytes(text.utf8), closesConnection: true)
            return send(context, number, refusal)
        }
        var headers: [String: String] = [:]
        for (name, value) in head.headers { headers[name.lowercased()] = value }
        let request = NodeRuntime.HTTPRequestHead(
            method: head.method.rawValue, path: head.uri, headers: headers, clientAddress: peer)
        let body = body(context, number)
        let serving = serving
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        // What is ready on this thread runs on it, after all that came in has been read: to wake another one for a request
        // costs more than most requests do.
        if let executor = serving.executor, executor.promiseToRun() { loop.execute { executor.keepPromise() } }
        self.exchange?.task = Task(executorPreference: serving.executor) {
            // Thrown only when the connection is gone, and then nobody waits for an answer.
            guard (try? await serving.gate.pass()) != nil else { return }
            let reply = await serving.service(request, body)
            // As above: the gate lets nobody pass only when there is nobody left to answer.
            guard (try? await serving.gate.pass()) != nil else { return }
            let send = { @Sendable in
                let (handler, context) = connection.value
                handler.send(context, number, reply)
            }
            // On this thread the task runs after all handlers, so none of them is in the middle of something.
            if loop.inEventLoop { send() } else { loop.execute(send) }
        }
    }

    private func body(_ context: ChannelHandlerContext, _ number: Int) -> HTTPBody {
        if let exchange, exchange.hasEnded {
            exchange.wasRead = true
            return HTTPBody(exchange.takeReceived())
        }
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        return HTTPBody { limit in
            try await withCheckedThrowingContinuation { waiter in
                loop.execute {
                    let (handler, context) = connection.value
                    handler.collect(context, number, HTTPExchange.Reader(limit: limit, waiter: waiter))
                }
            }
        }
    }

    private func took(_ context: ChannelHandlerContext, _ buffer: ByteBuffer) {
        if exchange?.isDiscarding == true {
            exchange?.discarded += buffer.readableBytes
            if let exchange, exchange.discarded > Self.mostDiscarded { cut(context) }
        } else {
            exchange?.received.writeImmutableBuffer(buffer)
            if let exchange, let reader = exchange.reader, exchange.received.readableBytes > reader.limit {
                refuse(reader)
            }
        }
    }

    private func ended(_ context: ChannelHandlerContext) {
        pace.requestEnded()
        exchange?.hasEnded = true
        if let reader = exchange?.reader { deliver(to: reader) }
        start(context)
        guard let exchange, exchange.wasAnswered else { return }
        self.exchange = nil
        isClosing = exchange.closesAfter
        if isClosing, !isAnswering { context.close(promise: nil) }
    }

    private func collect(_ context: ChannelHandlerContext, _ number: Int, _ reader: HTTPExchange.Reader) {
        guard let exchange, exchange.number == number, !exchange.wasRead else {
            return reader.waiter.resume(throwing: ChannelError.inputClosed)
        }
        self.exchange?.wasRead = true
        let length = max(exchange.received.readableBytes, exchange.hasEnded ? 0 : exchange.announcedLength ?? 0)
        if length > reader.limit {
            refuse(reader)
        } else if exchange.hasEnded {
            deliver(to: reader)
        } else {
            self.exchange?.reader = reader
            goAhead(context)
        }
        readIfOwed(context)
    }

    /// Tells a peer that asked first that its body is wanted. One that is refused without it is told so instead.
    private func goAhead(_ context: ChannelHandlerContext) {
        guard let exchange, exchange.awaitsGoAhead else { return }
        self.exchange?.awaitsGoAhead = false
        guard exchange.received.readableBytes == 0 else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: HTTPAnswerHead.goAhead)), promise: nil)
    }

    private func deliver(to reader: HTTPExchange.Reader) {
        exchange?.reader = nil
        reader.waiter.resume(returning: exchange?.takeReceived() ?? [])
    }

    private func refuse(_ reader: HTTPExchange.Reader) {
        discard()
        exchange?.reader = nil
        reader.waiter.resume(throwing: HTTPBody.TooLarge())
    }

    private func discard() {
        exchange?.isDiscarding = true
        exchange?.received = ByteBuffer()
    }

    private func readIfOwed(_ context: ChannelHandlerContext) {
        guard owesRead, wantsMore else { return }
        owesRead = false
        context.read()
    }

    /// Ends the connection now: what has not come in whole is not carried out, and neither is what still comes.
    private func cut(_ context: ChannelHandlerContext) {
        isClosing = true
        fail(ChannelError.eof)
        ConnectionCutter.cut(context)
    }

    /// The connection is over.
    private func fail(_ error: any Error) {
        later.removeAll()
        guard let exchange else { return }
        self.exchange = nil
        exchange.reader?.waiter.resume(throwing: error)
        exchange.task?.cancel()
    }

    // MARK: The answer

    private func send(_ context: ChannelHandlerContext, _ number: Int, _ reply: HTTPReply) {
        guard let exchange, exchange.number == number, context.channel.isActive else { return }
        let closes = reply.closesConnection || !exchange.keepsAlive || exchange.mayLackBody
        // Before the answer leaves, because its end may bring the next request in at once.
        if exchange.hasEnded {
            self.exchange = nil
            isClosing = closes
        } else {
            self.exchange?.wasAnswered = true
            self.exchange?.closesAfter = closes
            discard()
        }
        if max(exchange.announcedLength ?? 0, reply.body.count) > MemoryReturn.smallBytes { serving.memory?.note() }
        write(context, reply, closes: closes, withBody: !exchange.isHead)
        if isClosing { return }
        if !isAnswering { takeLater(context) }
        guard closes else { return }
        // Closing with unread input would make the system throw the answer away before the peer has read it.
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.discardingTime) {
            let (handler, context) = connection.value
            handler.isClosing = true
            context.close(promise: nil)
        }
    }

    private func write(_ context: ChannelHandlerContext, _ reply: HTTPReply, closes: Bool, withBody: Bool) {
        stillness.moved(context.eventLoop)
        let head = HTTPAnswerHead(
            reply: reply, serverHeader: serving.serverHeader, date: serving.date.text(), closes: closes)
        let body = withBody && HTTPAnswerHead.allowsBody(reply.status) ? reply.body[...] : []
        let isLong = body.count > Self.pieceBytes
        var first = context.channel.allocator.buffer(
            capacity: HTTPAnswerHead.usualBytes + min(body.count, Self.pieceBytes))
        head.write(to: &first)
        first.writeBytes(body.prefix(Self.pieceBytes))
        guard isLong || isClosing || !context.channel.isWritable else {
            return context.writeAndFlush(wrapOutboundOut(first), promise: nil)
        }
        // The end of an answer lets the next request in, or ends the connection: a peer that asks and asks and reads nothing
        // must not have ever more written for it, and one that reads slowly must get all.
        isAnswering = true
        write(context, first, isLast: !isLong, isLong: isLong)
        var rest = body.dropFirst(Self.pieceBytes)
        while !rest.isEmpty {
            let piece = ByteBuffer(bytes: rest.prefix(Self.pieceBytes))
            rest = rest.dropFirst(Self.pieceBytes)
            write(context, piece, isLast: rest.isEmpty, isLong: isLong)
        }
    }

    /// Flushed one by one, or TLS would make one of all pieces.
    /// - Parameter isLong: whether the answer has several pieces; only such count as unsent.
    private func write(_ context: ChannelHandlerContext, _ piece: ByteBuffer, isLast: Bool, isLong: Bool) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let count = isLong ? piece.readableBytes : 0
        if count > 0 { serving.unsent.add(count, for: peer) }
        sent.futureResult.whenComplete { [serving, peer] _ in
            if count > 0 { serving.unsent.remove(count, of: peer) }
            let (handler, context) = connection.value
            handler.stillness.moved(context.eventLoop)
            if isLast { handler.finishAnswer(context) }
        }
        context.writeAndFlush(wrapOutboundOut(piece), promise: sent)
    }

    private func finishAnswer(_ context: ChannelHandlerContext) {
        isAnswering = false
        guard context.channel.isActive else { return }
        if isClosing { context.close(promise: nil) } else { takeLater(context) }
    }
}
