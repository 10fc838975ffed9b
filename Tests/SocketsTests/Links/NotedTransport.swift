import Faults
import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization

@testable import Sockets

/// Notes what is sent over it, and answers every request with how many were sent before.
final class NotedTransport: Transport {
    struct Sent: Sendable, Equatable {
        var kind: Envelope.Kind
        var name: String
        var body: [Bytes] = []
        var connection: OMQConnection?
    }

    let sent = Watched<[Sent]>([])
    /// Whose commands and requests come in.
    private let caller: X25519PublicKey
    private let services = Mutex(TransportServices())

    init(caller: X25519PublicKey) { self.caller = caller }

    func open(_ services: TransportServices) async throws(TransportError) -> ListenerPorts {
        self.services.withLock { $0 = services }
        return ListenerPorts(http: 1, omq: 2)
    }

    func request(_ peer: OMQPeer, _ command: String, _ parts: [Bytes], timeout: Duration) async -> OMQOutcome {
        .reply([Bytes("\(note(Sent(kind: .request, name: command, body: parts)))".utf8)])
    }

    func push(_ command: String, _ parts: [Bytes], to connection: OMQConnection) {
        _ = note(Sent(kind: .push, name: command, body: parts, connection: connection))
    }

    func post(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply {
        HTTPReply(status: 200 + note(Sent(kind: .post, name: request.url, body: [request.body])))
    }

    func close() async { services.withLock { $0 = TransportServices() } }

    private func note(_ message: Sent) -> Int {
        sent.withLock { sent in
            sent.append(message)
            return sent.count - 1
        }
    }

    func names() -> [String] { sent.withLock { $0.map(\.name) } }

    func until(sent count: Int) async { await sent.until { $0.count == count } }

    /// Has a command run as if it had come in.
    func receive(_ command: String, _ parts: [Bytes] = [], from address: IPv4Address) async -> [Bytes]? {
        let caller = OMQCaller(
            publicKey: caller, address: address, connection: OMQConnection(route: [0, 9]))
        let run = services.withLock { $0.omq?.commands[command]?.run }
        return await run?(OMQCall(command: command, parts: parts, caller: caller))
    }

    /// Has a posted request answered as if it had come in.
    func receive(post path: String, from address: IPv4Address) async -> HTTPReply? {
        let service = services.withLock { $0.http }
        return await service?(HTTPRequestHead(method: "POST", path: path, clientAddress: address), HTTPBody([1]))
    }
}

/// A participant of which every message is judged, above a transport that only takes notes.
struct JudgedParticipant: Sendable {
    let clock = TestClock()
    let below: NotedTransport
    let judge: LinkJudge
    let transport: JudgedTransport
    let peer: OMQPeer

    static let here = IPv4Address(10, 0, 0, 1)
    static let there = IPv4Address(10, 0, 0, 2)

    init(_ rules: LinkRule...) throws {
        judge = LinkJudge(LinkRules(rules), randomness: SeededRandomness(seed: 1))
        peer = OMQPeer(address: Self.there, port: 1, publicKey: try makeKeys(2).publicKey)
        below = NotedTransport(caller: peer.publicKey)
        transport = JudgedTransport(below, from: Self.here, judge: judge, clock: clock)
    }

    /// Serves `q.echo`, `q.join`, which pushes `q.joined` to whoever calls it, and HTTP.
    func serve() async throws {
        let transport = transport
        let service = OMQService(commands: [
            "q.echo": OMQService.Command(access: .anyone) { $0.parts },
            "q.join": OMQService.Command(access: .anyone) { call in
                for part in call.parts { transport.push("q.joined", [part], to: call.caller.connection) }
                return []
            },
        ])
        _ = try await transport.open(
            TransportServices(http: { _, _ in HTTPReply(status: 200, body: [1, 2, 3]) }, omq: service))
    }

    func request(_ command: String = "q.do", _ part: Bytes = [7]) async -> OMQOutcome {
        await transport.request(peer, command, [part], timeout: .seconds(5))
    }

    /// - Returns: the status, or the error's text.
    func post(_ body: Bytes = [7]) async -> String {
        do {
            return "\(try await transport.post(Self.post(body)).status)"
        } catch {
            return "\(error)"
        }
    }

    static func post(_ body: Bytes = [7]) -> OutgoingPost {
        OutgoingPost(url: "https://\(there):443/a/b?c", body: body, timeout: .seconds(5))
    }

    /// Sends one message of a kind, and waits until it is there.
    func send(_ kind: Envelope.Kind) async -> Bool {
        switch kind {
        case .connect: return false
        case .request: return await request() == .reply([Bytes("0".utf8)])
        case .post: return await post() == "200"
        case .push:
            guard await below.receive("q.join", [[1]], from: Self.there) == [] else { return false }
            await below.until(sent: 1)
            return true
        case .reply: return await below.receive("q.echo", [[4]], from: Self.there) == [[4]]
        case .postReply: return await below.receive(post: "/a", from: Self.there)?.body == [1, 2, 3]
        }
    }
}
