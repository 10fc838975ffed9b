import NIOCore
import Synchronization

/// The connections a listener has accepted and not closed yet: so that all can be cut at once, and no more are served
/// than the process can bear.
final class OpenConnections: Sendable {
    /// Of one listener. Idle connections make room for others within ten seconds.
    static let most = 4096

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isCut = false
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Cuts every connection, now and from now on, without a TLS goodbye or anything else that the peer could delay.
    func cut() async {
        let channels = state.withLock { state in
            state.isCut = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.triggerUserOutboundEvent(Cut(), promise: nil) }
        for channel in channels {
            // How a connection ended is of no interest here, only that it has.
            _ = try? await channel.closeFuture.get()
        }
    }

    /// - Returns: `false` when the connection must not be served.
    fileprivate func add(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard !state.isCut, state.channels.count < limit else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    fileprivate func remove(_ channel: any Channel) {
        _ = state.withLock { $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    struct Cut: Sendable {}
}

/// Notes a connection in ``OpenConnections``. Must be first in the pipeline: closing from here passes TLS by.
final class ConnectionCutter: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let connections: OpenConnections

    init(_ connections: OpenConnections) { self.connections = connections }

    func channelActive(context: ChannelHandlerContext) {
        if connections.add(context.channel) { context.fireChannelActive() } else { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.remove(context.channel)
        context.fireChannelInactive()
    }

    /// Ends a connection from further back in its pipeline. Where there is TLS its goodbye is said, but not waited for: a
    /// peer that owes something would get five seconds more, and what it sent in them would be carried out and could not be
    /// answered.
    static func cut(_ context: ChannelHandlerContext) {
        context.close(promise: nil)
        context.triggerUserOutboundEvent(OpenConnections.Cut(), promise: nil)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if event is OpenConnections.Cut {
            context.close(mode: .all, promise: promise)
        } else {
            context.triggerUserOutboundEvent(event, promise: promise)
        }
    }
}
