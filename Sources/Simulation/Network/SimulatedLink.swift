import Faults
import NodeRuntime
import SessionProtocol

/// One connection between two transports. Messages of one direction arrive in order, unless a rule says otherwise, and share the
/// link's bandwidth.
///
/// Each side has its own view: it learns of the other's end only when that news has crossed the network.
final class SimulatedLink {
    enum Side {
        case client
        case server
    }

    /// Why a connection is over.
    enum End {
        case broken(String)
        /// It could not be made in time.
        case notMade
    }

    private enum State {
        case none
        case open
        case closed
    }

    let id: UInt64
    let target: SocketAddress
    /// Whom the message queue talks to; `nil` for HTTP.
    let peer: OMQPeer?
    let client: SimulatedTransport
    /// Whoever accepted; `nil` before.
    private(set) var server: SimulatedTransport?
    private var clientState = State.none
    private var serverState = State.none
    /// The client's requests that wait here, in the order they were made.
    var unanswered: [UInt64] = []
    /// The post under way; HTTP does one at a time.
    var post: UInt64?
    /// The server's tasks that answer posts.
    var handlers: [UInt64] = []
    /// Virtual time of the last use, in nanoseconds.
    private var lastUsed: Int64 = 0
    private let network: SimulatedNetwork
    private var toServer: Lane
    private var toClient: Lane
    private var unsent: [() -> Void] = []
    /// Gives up connecting, later watches for idleness.
    private var timer: TimerQueue.ID?

    /// How long a connection may take to be made (storage-node §12.4).
    private static let connectTimeout: Int64 = 10_000_000_000
    /// How soon a lost attempt is repeated. TCP waits longer each time; a node makes new attempts instead.
    private static let knockInterval: Int64 = 1_000_000_000
    /// How long a link of the message queue that is not the ledger's may be unused (storage-node §12.4).
    private static let queueIdleLimit: Int64 = 30_000_000_000
    /// How long an HTTP connection is kept for the next post, as the real client keeps it.
    private static let httpIdleLimit: Int64 = 5_000_000_000

    /// - Parameters:
    ///   - peer: `nil` for HTTP.
    ///   - ordinal: tells links apart that one client makes to one target at one moment.
    init(
        id: UInt64, from client: SimulatedTransport, to target: SocketAddress, peer: OMQPeer?, ordinal: Int,
        network: SimulatedNetwork
    ) {
        self.id = id
        self.client = client
        self.target = target
        self.peer = peer
        self.network = network
        let (here, there) = (client.host.address, target.address)
        toServer = network.lane(from: here, to: there, port: target.port, ordinal: 2 * ordinal)
        toClient = network.lane(from: there, to: here, port: target.port, ordinal: 2 * ordinal + 1)
    }

    private var executor: VirtualExecutor { network.executor }

    /// How pushes name this connection.
    var route: Bytes { withUnsafeBytes(of: id.bigEndian) { Bytes($0) } }

    /// Whether it is the one that the client made to its ledger.
    var isLedger: Bool { peer?.role == .ledger }

    // MARK: Making it

    func connect() {
        timer = executor.schedule(after: Self.connectTimeout) { [self] in
            whenFree(client.host, isTimeout: true) { [self] in
                if clientState == .none { end(by: .client, .notMade) }
            }
        }
        // All round trips but the last are one long way out; the last is a message each way, which rules can stop.
        knock(network.handshakeDelay(isQueue: peer != nil, &toServer))
    }

    /// Asks for the connection, and again as TCP does while that is lost on the way.
    private func knock(_ extra: Int64) {
        guard clientState == .none else { return }
        let sent = network.transmit(.connect, name: "", size: 64, on: &toServer, extra: extra) { [self] in
            arriveAtServer()
        }
        switch sent {
        case .reset: reset()
        case .lost: executor.schedule(after: Self.knockInterval) { [self] in knock(extra) }
        case .sent: break
        }
    }

    private func arriveAtServer() {
        guard let listener = network.listener(at: target) else { return refuse("connection refused by \(target)") }
        whenFree(listener.transport.host) { [self] in
            guard clientState == .none, serverState == .none else { return }
            guard listener.transport.isOpen else { return refuse("connection refused by \(target)") }
            guard listener.publicKey == peer?.publicKey else {
                return refuse("\(target) broke the connection during the handshake")
            }
            server = listener.transport
            serverState = .open
            listener.transport.accept(self)
            answer { [self] in opened() }
        }
    }

    private func refuse(_ reason: String) { answer { [self] in finish(.client, .broken(reason)) } }

    private func answer(_ deliver: @escaping () -> Void) {
        let sent = network.transmit(.connect, name: "", size: 64, on: &toClient) { [self] in
            whenFree(client.host, deliver)
        }
        if sent == .reset { reset() }
    }

    private func opened() {
        guard clientState == .none else { return }
        clientState = .open
        lastUsed = executor.now
        stopTimer()
        if !isLedger { watchIdleness(for: idleLimit) }
        let waiting = unsent
        unsent = []
        for send in waiting { send() }
    }

    private func stopTimer() { if let timer = timer.take() { executor.cancel(timer) } }

    // MARK: Using it

    /// Sends from client to server, once the connection is open.
    /// - Parameter request: need not be sent any more when it does not wait for its answer then.
    func sendToServer(
        _ kind: Envelope.Kind, name: String, size: Int, request: UInt64? = nil,
        _ deliver: @escaping (SimulatedTransport) -> Void
    ) {
        let later = { [self] in
            if let request, !unanswered.contains(request) { return }
            sendToServer(kind, name: name, size: size, request: request, deliver)
        }
        if clientState == .none {
            unsent.append(later)
        } else if client.host.isWaiting {
            client.host.wait(later)
        } else if clientState == .open {
            lastUsed = executor.now
            let sent = network.transmit(kind, name: name, size: size, on: &toServer) { [self] in
                arrive(at: .server, deliver)
            }
            if sent == .reset { reset() }
        }
    }

    /// Sends from server to client.
    func sendToClient(
        _ kind: Envelope.Kind, name: String, size: Int, _ deliver: @escaping (SimulatedTransport) -> Void
    ) {
        guard serverState == .open, let server else { return }
        if server.host.isWaiting {
            server.host.wait { [self] in sendToClient(kind, name: name, size: size, deliver) }
        } else {
            let sent = network.transmit(kind, name: name, size: size, on: &toClient) { [self] in
                arrive(at: .client, deliver)
            }
            if sent == .reset { reset() }
        }
    }

    private func arrive(at side: Side, _ deliver: @escaping (SimulatedTransport) -> Void) {
        guard isOpen(side), let transport = side == .client ? client : server else {
            // Nobody is there any more, and the sender does not know yet.
            return tellEnd(to: side.other)
        }
        guard !transport.host.isWaiting else {
            return transport.host.wait { [self] in if isOpen(side) { deliver(transport) } }
        }
        if side == .client { lastUsed = executor.now }
        deliver(transport)
    }

    private func isOpen(_ side: Side) -> Bool { (side == .client ? clientState : serverState) == .open }

    /// Does something on a host, now or when it is free to.
    private func whenFree(_ host: SimulatedHost, isTimeout: Bool = false, _ action: @escaping () -> Void) {
        guard host.isWaiting else { return action() }
        if isTimeout { host.waitForTimeout(action) } else { host.wait(action) }
    }

    // MARK: Idleness

    private var idleLimit: Int64 { peer == nil ? Self.httpIdleLimit : Self.queueIdleLimit }

    private func watchIdleness(for delay: Int64) {
        timer = executor.schedule(after: delay) { [self] in
            let left = lastUsed + idleLimit - executor.now
            if client.host.isHeld || post != nil || !unanswered.isEmpty {
                watchIdleness(for: idleLimit)
            } else if left > 0 {
                watchIdleness(for: left)
            } else {
                end(by: .client, .broken("idle"))
            }
        }
    }

    // MARK: Ending it

    private func reset() {
        let end = End.broken("the connection to \(target) was reset")
        finish(.client, end)
        finish(.server, end)
    }

    /// One side ends it; the other one learns of it when the news has crossed the network.
    func end(by side: Side, _ end: End) {
        guard side == .client ? clientState != .closed : serverState == .open else { return }
        finish(side, end)
        tellEnd(to: side.other)
    }

    private func tellEnd(to side: Side) {
        let news = { [self] in
            guard let host = side == .client ? client.host : server?.host else { return }
            whenFree(host) { [self] in finish(side, .broken("\(target) closed the connection")) }
        }
        if side == .client { network.tellEnd(on: &toClient, news) } else { network.tellEnd(on: &toServer, news) }
    }

    /// It is over for one side, which tells whoever waits there.
    private func finish(_ side: Side, _ end: End) {
        switch side {
        case .client:
            guard clientState != .closed else { return }
            clientState = .closed
            unsent = []
            stopTimer()
            client.linkEnded(self, end)
        case .server:
            guard serverState == .open else { return }
            serverState = .closed
            server?.acceptedLinkEnded(self)
        }
    }
}

extension SimulatedLink.Side {
    var other: Self { self == .client ? .server : .client }
}
