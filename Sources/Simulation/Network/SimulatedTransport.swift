import Faults
import NodeRuntime
import SessionProtocol

/// A participant's way to the others inside a simulation: the message queue's and HTTP's behaviour as nodes expect it, without
/// their encryption.
///
/// Unchecked: belongs to the simulation's thread.
public final class SimulatedTransport: Transport, @unchecked Sendable {
    /// Orders participants in reports and clean-ups.
    let number: UInt64
    public let host: SimulatedHost
    let publicKey: X25519PublicKey
    let network: SimulatedNetwork
    private let wantedPorts: ListenerPorts
    private(set) var ports = ListenerPorts()
    private(set) var services = TransportServices()
    private(set) var isOpen = true
    /// Outgoing connections of the message queue.
    var queueLinks: [OMQPeer: SimulatedLink] = [:]
    /// Outgoing HTTP connections, busy or idle.
    var httpLinks: [SocketAddress: [SimulatedLink]] = [:]
    /// By the number of the link.
    private var acceptedLinks: [UInt64: SimulatedLink] = [:]
    var requests: [UInt64: PendingRequest] = [:]
    var posts: [UInt64: PendingPost] = [:]
    private var handlers: [UInt64: Task<Void, any Error>] = [:]
    /// Requests that run or wait, by category.
    var load: [String: Int] = [:]

    init(
        number: UInt64, host: SimulatedHost, publicKey: X25519PublicKey, ports: ListenerPorts, network: SimulatedNetwork
    ) {
        self.number = number
        self.host = host
        self.publicKey = publicKey
        wantedPorts = ports
        self.network = network
    }

    var executor: VirtualExecutor { network.executor }

    // MARK: Listening

    public func open(_ services: TransportServices) async throws(TransportError) -> ListenerPorts {
        guard isOpen else { throw .closed }
        self.services = services
        do {
            if services.omq != nil { ports.omq = try bind(wantedPorts.omq, publicKey: publicKey) }
            if services.http != nil { ports.http = try bind(wantedPorts.http, publicKey: nil) }
        } catch {
            drop()
            throw error
        }
        return ports
    }

    private func bind(_ port: UInt16?, publicKey: X25519PublicKey?) throws(TransportError) -> UInt16 {
        guard let bound = network.bind(self, port: port ?? 0, publicKey: publicKey) else {
            throw .cannotListen(address: "\(host.address):\(port ?? 0)", reason: "the address is in use")
        }
        return bound
    }

    func accept(_ link: SimulatedLink) { acceptedLinks[link.id] = link }

    /// The accepted connection of that number.
    func acceptedLink(_ id: UInt64) -> SimulatedLink? { acceptedLinks[id] }

    // MARK: Ending

    public func close() async { drop() }

    /// Ends everything at once, as the end of the process would: tasks that answer requests, requests under way, connections.
    /// What was sent before still arrives.
    public func drop() {
        guard isOpen else { return }
        isOpen = false
        if let port = ports.omq { network.unbind(self, port: port) }
        if let port = ports.http { network.unbind(self, port: port) }
        for id in handlers.keys.sorted() { handlers[id]?.cancel() }
        handlers = [:]
        let reason = SimulatedLink.End.broken("the transport is closed")
        let made = Array(queueLinks.values) + httpLinks.values.joined()
        for link in made.sorted(by: { $0.id < $1.id }) { link.end(by: .client, reason) }
        for link in acceptedLinks.values.sorted(by: { $0.id < $1.id }) { link.end(by: .server, reason) }
        network.closed(self)
    }

    /// A connection that this side made is over: whoever waits on it learns why.
    func linkEnded(_ link: SimulatedLink, _ end: SimulatedLink.End) {
        if let peer = link.peer {
            if queueLinks[peer] === link { queueLinks[peer] = nil }
            for id in link.unanswered { finish(request: id, end.outcome) }
        } else {
            httpLinks[link.target]?.removeAll { $0 === link }
            if httpLinks[link.target]?.isEmpty == true { httpLinks[link.target] = nil }
            if let id = link.post { fail(post: id, end) }
        }
    }

    /// A connection that this side accepted is over.
    func acceptedLinkEnded(_ link: SimulatedLink) {
        acceptedLinks[link.id] = nil
        // Nobody is there to read the answers of HTTP requests; the message queue's commands run to their end.
        for handler in link.handlers { handlers[handler]?.cancel() }
    }

    // MARK: Answering

    /// Runs a service's answer as a task of this participant, which ends with it.
    /// - Parameter body: gets the task's number.
    /// - Returns: that number.
    @discardableResult
    func handle(_ body: @escaping @Sendable (UInt64) async -> Void) -> UInt64 {
        let id = network.newNumber()
        handlers[id] = executor.start { [self] in
            await body(id)
            handlers[id] = nil
        }
        return id
    }

    // MARK: Reports

    /// What this participant waits for, in the order it asked.
    var waiting: [(peer: IPv4Address, what: String)] {
        let asked = requests.map { ($0.key, $0.value.link.target.address, $0.value.command) }
        let posted = posts.map { ($0.key, $0.value.link.target.address, "POST \($0.value.url.path)") }
        return (asked + posted).sorted { $0.0 < $1.0 }.map { ($0.1, $0.2) }
    }
}
