import NIOCore

/// Encrypts a connection. Lives on its event loop.
///
/// Closing says goodbye and does not wait for the peer's: whoever has closed takes nothing in any more.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case shakingHands
        case open
        case closing
    }

    private let session: TLSSession
    private var phase = Phase.shakingHands
    /// What was written and not flushed, or cannot be sent before the handshake is done.
    private var pending: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []
    private var wantsFlush = false

    /// Small writes that are flushed together become one record.
    private static let mostMerged = 16 << 10
    /// So much is handed on at a time, so that what is decrypted does not pile up.
    private static let mostRead = 64 << 10
    /// A goodbye that a peer does not take within this time, because it takes nothing, is not waited for.
    private static let goodbyeLimit = TimeAmount.seconds(1)

    /// - Parameter server: for a client, whom it calls: a name or an address.
    init(_ context: TLSContext, server: String? = nil) throws(TLSFailure) {
        session = try TLSSession(context, server: server)
    }

    // MARK: What comes in

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { goOn(context) } }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        // A client speaks first.
        goOn(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .closing else { return }
        do {
            try session.feed(unwrapInboundIn(data))
        } catch {
            return fail(context, error)
        }
        goOn(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closing
        dropPending()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { dropPending() }

    /// Gets as far as the bytes that are there allow.
    private func goOn(_ context: ChannelHandlerContext) {
        do {
            if phase == .shakingHands {
                let progress = try session.shakeHands()
                sendOutput(context, nil)
                guard progress == .done else { return }
                phase = .open
                if wantsFlush { encryptPending(context) }
            }
            while phase == .open {
                var plain = context.channel.allocator.buffer(capacity: 0)
                let progress = try session.read(into: &plain, upTo: Self.mostRead)
                // A peer's question about the connection itself may have brought an answer.
                sendOutput(context, nil)
                if plain.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plain)) }
                if progress == .waits { return }
                if progress == .ended, phase == .open { return close(context: context, mode: .all, promise: nil) }
            }
        } catch {
            fail(context, error)
        }
    }

    private func fail(_ context: ChannelHandlerContext, _ error: TLSFailure) {
        phase = .closing
        // The alert that tells the peer what is wrong.
        sendOutput(context, nil)
        dropPending()
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    // MARK: What goes out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase != .closing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        pending.append((unwrapOutboundIn(data), promise))
    }

    func flush(context: ChannelHandlerContext) {
        guard phase == .open else {
            wantsFlush = true
            return context.flush()
        }
        encryptPending(context)
    }

    private func encryptPending(_ context: ChannelHandlerContext) {
        wantsFlush = false
        let writes = pending
        pending.removeAll(keepingCapacity: true)
        var promises: [EventLoopPromise<Void>] = []
        var merged: ByteBuffer?
        do {
            for write in writes {
                if let promise = write.promise { promises.append(promise) }
                if merged == nil {
                    merged = write.bytes
                } else if let length = merged?.readableBytes, length + write.bytes.readableBytes <= Self.mostMerged {
                    merged?.writeImmutableBuffer(write.bytes)
                } else {
                    try encrypt(merged)
                    merged = write.bytes
                }
            }
            try encrypt(merged)
        } catch {
            for promise in promises { promise.fail(error) }
            return fail(context, error)
        }
        guard !promises.isEmpty else { return sendOutput(context, nil) }
        let sent = context.eventLoop.makePromise(of: Void.self)
        for promise in promises { sent.futureResult.cascade(to: promise) }
        sendOutput(context, sent)
    }

    private func encrypt(_ bytes: ByteBuffer?) throws(TLSFailure) {
        var failure: TLSFailure?
        bytes?.withUnsafeReadableBytes { bytes in
            do throws(TLSFailure) { try session.write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func sendOutput(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard let output = session.output(context.channel.allocator) else {
            promise?.succeed()
            return
        }
        context.writeAndFlush(wrapOutboundOut(output), promise: promise)
    }

    private func dropPending() {
        let dropped = pending
        pending = []
        for write in dropped { write.promise?.fail(ChannelError.ioOnClosedChannel) }
    }

    // MARK: Closing

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // Half a connection says no goodbye, and a second wish to close is one to be quick about it.
        guard mode == .all, phase == .open else {
            if mode == .all { phase = .closing }
            return context.close(mode: mode, promise: promise)
        }
        phase = .closing
        dropPending()
        session.sayGoodbye()
        let said = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let impatience = context.eventLoop.scheduleTask(in: Self.goodbyeLimit) { bound.value.close(promise: nil) }
        said.futureResult.whenComplete { _ in
            impatience.cancel()
            bound.value.close(promise: promise)
        }
        sendOutput(context, said)
    }
}
