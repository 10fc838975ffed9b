import ManualTime
import NodeRuntime
import SessionProtocol

/// A transport whose requests a test answers, and keeps.
final class TestTransport: Transport {
    struct Request: Sendable, Equatable {
        var peer: OMQPeer
        var command: String
        var parts: [Bytes]
        var timeout: Duration
    }
    struct Push: Sendable, Equatable {
        var command: String
        var parts: [Bytes]
        var connection: OMQConnection
    }
    typealias Answer = @Sendable (Request) async -> OMQOutcome
    typealias Server = @Sendable (OutgoingPost) -> Result<HTTPReply, TransportError>

    private struct State {
        var services = TransportServices()
        var requests: [Request] = []
        var posts: [OutgoingPost] = []
        var pushes: [Push] = []

        func count(_ command: String) -> Int { requests.count { $0.command == command } }
    }
    static let ports = ListenerPorts(http: 22_021, omq: 22_020)
    private let state = Watched(State())
    private let answer: Answer
    private let server: Server

    init(
        server: @escaping Server = { _ in .failure(.closed) },
        answer: @escaping Answer = { _ in .unreachable("nobody is there") }
    ) {
        self.server = server
        self.answer = answer
    }

    var services: TransportServices { state.withLock { $0.services } }
    var requests: [Request] { state.withLock { $0.requests } }
    var posts: [OutgoingPost] { state.withLock { $0.posts } }
    var pushes: [Push] { state.withLock { $0.pushes } }

    func requests(_ command: String) -> [Request] { requests.filter { $0.command == command } }

    func open(_ services: TransportServices) async throws(TransportError) -> ListenerPorts {
        state.withLock { $0.services = services }
        return Self.ports
    }

    func request(_ peer: OMQPeer, _ command: String, _ parts: [Bytes], timeout: Duration) async -> OMQOutcome {
        let request = Request(peer: peer, command: command, parts: parts, timeout: timeout)
        state.withLock { $0.requests.append(request) }
        return await answer(request)
    }

    /// Waits until a command was requested `count` times in all.
    func untilRequested(_ command: String, count: Int) async {
        await state.until { $0.count(command) >= count }
    }

    func push(_ command: String, _ parts: [Bytes], to connection: OMQConnection) {
        state.withLock { $0.pushes.append(Push(command: command, parts: parts, connection: connection)) }
    }

    func post(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply {
        state.withLock { $0.posts.append(request) }
        return try server(request).get()
    }

    func close() async { state.withLock { $0.services = TransportServices() } }
}
