import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization

/// A transport without a network: tests play the peers, and pushes are kept.
final class TestTransport: Transport {
    struct Push: Equatable {
        var command: String
        var parts: [Bytes]
        var connection: OMQConnection
    }
    private struct State {
        var services = TransportServices()
        var pushes: [Push] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    var pushes: [Push] { state.withLock { $0.pushes } }

    func open(_ services: TransportServices) async throws(TransportError) -> ListenerPorts {
        state.withLock { $0.services = services }
        return ListenerPorts(http: 1, omq: 2)
    }

    func request(_ peer: OMQPeer, _ command: String, _ parts: [Bytes], timeout: Duration) async -> OMQOutcome {
        .unreachable("the ledger asks nobody")
    }

    func push(_ command: String, _ parts: [Bytes], to connection: OMQConnection) {
        let met = state.withLock { state in
            state.pushes.append(Push(command: command, parts: parts, connection: connection))
            let met = state.watchers.filter { $0.count <= state.pushes.count }
            state.watchers.removeAll { $0.count <= state.pushes.count }
            return met
        }
        for watcher in met { watcher.continuation.resume() }
    }

    /// Waits until that many pushes were made in all.
    func untilPushed(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                if state.pushes.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    func post(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply { throw .closed }

    func close() async { state.withLock { $0.services = TransportServices() } }

    /// Plays a peer that sends one message on the message queue.
    /// - Returns: the reply's data frames; an error word alone when the call was refused.
    func call(
        _ command: String, _ parts: [Bytes] = [], as caller: X25519PublicKey, route: Bytes = [1]
    ) async -> [Bytes]? {
        let service = state.withLock { $0.services.omq }
        let decision = OMQDispatch.decide(
            [Bytes(command.utf8), Bytes("tag".utf8)] + parts, onListener: true, caller: caller, isLedger: false,
            service: service)
        switch decision {
        case .answer(let frames): return frames.prefix(1).map { $0 }
        case .run(let command, let name, _, let parts):
            let caller = OMQCaller(
                publicKey: caller, address: .loopback, connection: OMQConnection(route: route))
            return await command.run(OMQCall(command: name, parts: parts, caller: caller))
        default: return nil
        }
    }

    /// Plays an HTTP client.
    func http(_ method: String, _ path: String, _ body: Bytes) async -> HTTPReply? {
        let service = state.withLock { $0.services.http }
        return await service?(HTTPRequestHead(method: method, path: path), HTTPBody(body))
    }
}

/// Keeps events in memory.
final class TestEventLog: EventLog {
    private let recorded = Mutex<[Event]>([])

    var events: [Event] { recorded.withLock { $0 } }

    func record(_ event: Event) { recorded.withLock { $0.append(event) } }

    func all(_ kind: EventKind) -> [Event] { events.filter { $0.kind == kind } }
}
