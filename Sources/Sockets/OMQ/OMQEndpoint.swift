import CZMQ
import Logging
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// The message-queue side of one transport: its listener, its links, what it waits for and what it runs. Like all of
/// the ``PollLoop``, used by one thread at a time.
final class OMQEndpoint {
    struct Settings: Sendable {
        var address: IPv4Address
        var listenAddress: IPv4Address
        var port: UInt16
        var keys: X25519KeyPair
        /// Listeners without encryption beside the one with.
        var plainListeners: [PlainListener]
        /// How long a link that is not the ledger's may be unused.
        var idleLimit: Duration
        /// See ``OMQListener/Admission``.
        var mostConnections: Int
        /// See ``OMQListener/Admission``.
        var handshakeLimit: Int32
    }

    private struct Request {
        var reply: OneShot<OMQOutcome>
        var link: UInt64
        var deadline: Deadline
    }

    let id: UInt64
    let settings: Settings
    let log: Logger
    unowned let loop: PollLoop

    private(set) var service: OMQService?
    /// The one with encryption first, then ``Settings/plainListeners``.
    private var listeners: [OMQListener] = []
    private var links: [OMQPeer: OMQLink] = [:]
    private var linksByID: [UInt64: OMQLink] = [:]
    private var requests: [Bytes: Request] = [:]
    private var calls: OMQCalls
    /// While not `nil` nothing moves, and this is what to do afterwards.
    private var held: [() -> Void]?
    private var isClosed = false

    init(_ id: UInt64, _ settings: Settings, loop: PollLoop, calls: OMQCalls, log: Logger) {
        self.id = id
        self.settings = settings
        self.loop = loop
        self.log = log
        self.calls = calls
    }

    // MARK: Listening

    /// - Returns: the bound ports, that of the listener with encryption first, or why there are none.
    func open(_ service: OMQService) -> Result<[UInt16], TransportError> {
        self.service = service
        do throws(TransportError) {
            try listen(on: settings.listenAddress, port: settings.port, keys: settings.keys) { message in
                message.sender.map { ($0, message.senderAddress) }
            }
            for plain in settings.plainListeners {
                try listen(on: plain.address, port: plain.port, keys: nil) { _ in (plain.caller, plain.callerAddress) }
            }
            return .success(listeners.map(\.port))
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter caller: who sent a message; `nil` ignores it.
    private func listen(
        on address: IPv4Address, port: UInt16, keys: X25519KeyPair?,
        caller: @escaping (ZMQSocket.Message) -> (X25519PublicKey, IPv4Address?)?
    ) throws(TransportError) {
        let place = UInt16(listeners.count)
        let admission = OMQListener.Admission(
            mostConnections: settings.mostConnections, handshakeLimit: settings.handshakeLimit
        ) { [service] key in
            service?.isServiceNode(key) == true || service?.isFormerServiceNode(key) == true
        }
        do throws(ZMQError) {
            let listener = try OMQListener(on: address, port: port, keys: keys, admission: admission, loop: loop) {
                [unowned self] message in
                guard message.frames.count > 1, let (key, address) = caller(message) else { return }
                let route = OMQRoute.accepted(listener: place, message.frames[0])
                handle(
                    Array(message.frames[1...]),
                    from: OMQCaller(publicKey: key, address: address, connection: route.connection),
                    onListener: true, isLedger: false)
            }
            listeners.append(listener)
        } catch {
            throw .cannotListen(address: "\(address):\(port)", reason: error.reason)
        }
    }

    // MARK: Requesting

    func request(
        _ peer: OMQPeer, _ command: String, _ parts: [Bytes], tag: Bytes, until deadline: ContinuousClock.Instant,
        reply: OneShot<OMQOutcome>
    ) {
        whenReleased { [unowned self] in
            if isClosed { reply.give(.unreachable("the transport is closed")) }
            guard !reply.isGiven else { return }
            do {
                let link = try links[peer] ?? connect(peer)
                requests[tag] = Request(reply: reply, link: link.id, deadline: expire(tag, at: deadline))
                link.request(tag, [Bytes(command.utf8), tag] + parts)
            } catch {
                reply.give(.unreachable("\(error)"))
            }
        }
    }

    /// Forgets a request that nobody waits for any more.
    func abandon(_ tag: Bytes) { finish(tag, .timedOut) }

    private func connect(_ peer: OMQPeer) throws(ZMQError) -> OMQLink {
        let link = try OMQLink(to: peer, from: settings.address, keys: settings.keys, loop: loop) {
            [unowned self] link, event in
            switch event {
            case .message(let frames): received(frames, on: link)
            case .ended(let reason): end(link, reason)
            }
        }
        links[peer] = link
        linksByID[link.id] = link
        if peer.role != .ledger { closeWhenIdle(link.id, at: link.lastUse + settings.idleLimit) }
        return link
    }

    private func received(_ frames: [Bytes], on link: OMQLink) {
        let from = OMQCaller(
            publicKey: link.peer.publicKey, address: link.peer.address, connection: OMQRoute.link(link.id).connection)
        handle(frames, from: from, onListener: false, isLedger: link.peer.role == .ledger)
    }

    private func expire(_ tag: Bytes, at deadline: ContinuousClock.Instant) -> Deadline {
        loop.at(deadline) { [weak self] in
            self?.whenReleased { [weak self] in self?.finish(tag, .timedOut) }
        }
    }

    private func finish(_ tag: Bytes, _ outcome: OMQOutcome) {
        guard let request = requests.removeValue(forKey: tag) else { return }
        loop.giveUp(request.deadline)
        linksByID[request.link]?.unanswered.remove(tag)
        request.reply.give(outcome)
    }

    private func end(_ link: OMQLink, _ reason: String, linger: Int32 = 0) {
        guard linksByID.removeValue(forKey: link.id) != nil else { return }
        links.removeValue(forKey: link.peer)
        link.close(linger: linger)
        log.debug("link ended", metadata: ["peer": "\(link.peer.address):\(link.peer.port)", "reason": "\(reason)"])
        for tag in link.unanswered.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            finish(tag, .unreachable(reason))
        }
    }

    private func closeWhenIdle(_ id: UInt64, at deadline: ContinuousClock.Instant) {
        loop.at(deadline) { [weak self] in
            guard let self, let link = linksByID[id] else { return }
            let due = link.lastUse + settings.idleLimit
            if held != nil || !link.unanswered.isEmpty {
                closeWhenIdle(id, at: .now + settings.idleLimit)
            } else if due > .now {
                closeWhenIdle(id, at: due)
            } else {
                end(link, "idle")
            }
        }
    }

    // MARK: Handling what arrives

    private func handle(_ frames: [Bytes], from caller: OMQCaller, onListener: Bool, isLedger: Bool) {
        let decision = OMQDispatch.decide(
            frames, onListener: onListener, caller: caller.publicKey, isLedger: isLedger, service: service)
        switch decision {
        case .answer(let frames): send(frames, to: caller.connection)
        case .run(let command, let name, let tag, let parts):
            let category = String(name.prefix { $0 != "." })
            let call = OMQCall(command: name, parts: parts, caller: caller)
            if !calls.run(command, call, tag: tag, category: category, limit: service?.queueLimits[category]) {
                log.debug("dropped, too many of its kind wait", metadata: ["command": "\(name)"])
            }
        case .reply(let tag, let outcome): finish(tag, outcome)
        case .bye:
            if case .link(let id) = OMQRoute(caller.connection), let link = linksByID[id] { end(link, "BYE") }
        case .ignore(let reason):
            log.trace("ignored", metadata: ["reason": "\(reason)", "from": "\(caller.publicKey)"])
        }
    }

    /// A command ended; `reply` is `nil` when nothing is to be sent.
    func finished(call id: UInt64, reply: [Bytes]?, to connection: OMQConnection) {
        whenReleased { [unowned self] in
            calls.finished(id, reply)
            if let reply { send(reply, to: connection) }
        }
    }

    /// Sends if the connection is still there.
    func push(_ frames: [Bytes], to connection: OMQConnection) {
        whenReleased { [unowned self] in send(frames, to: connection) }
    }

    private func send(_ frames: [Bytes], to connection: OMQConnection) {
        switch OMQRoute(connection) {
        case .accepted(let place, let route):
            if place < listeners.count { listeners[Int(place)].send(frames, to: route) }
        case .link(let id): linksByID[id]?.send(frames)
        case nil: break
        }
    }

    // MARK: Holding and closing

    func hold() {
        guard held == nil else { return }
        held = []
        for listener in listeners { listener.pause() }
        for link in linksByID.values { link.pause() }
    }

    func release() {
        guard let work = held else { return }
        held = nil
        // What came in meanwhile is read first, so that an answer that is here beats its deadline.
        for listener in listeners { listener.resume() }
        for link in linksByID.values.sorted(by: { $0.id < $1.id }) {
            do { try link.resume() } catch { end(link, "\(error)") }
        }
        for item in work { item() }
    }

    private func whenReleased(_ work: @escaping () -> Void) {
        if held == nil { work() } else { held?.append(work) }
    }

    /// Closes every connection, ends every running command and fails every waiting request.
    /// - Parameter linger: milliseconds for what was handed over but not sent.
    func close(linger: Int32) {
        guard !isClosed else { return }
        isClosed = true
        loop.endpoints[id] = nil
        calls.cancelAll()
        for link in linksByID.values { end(link, "the transport is closed", linger: linger) }
        for listener in listeners { listener.close(linger: linger) }
        listeners = []
        let work = held ?? []
        held = nil
        for item in work { item() }
    }
}

/// What ``OMQConnection`` holds here: a connection that one of the listeners accepted, by its routing id, or one this
/// side made.
enum OMQRoute {
    case accepted(listener: UInt16, Bytes)
    case link(UInt64)

    init?(_ connection: OMQConnection) {
        let rest = Bytes(connection.route.dropFirst())
        switch connection.route.first {
        case 0 where rest.count >= 2:
            self = .accepted(listener: UInt16(rest[0]) << 8 | UInt16(rest[1]), Bytes(rest.dropFirst(2)))
        case 1: self = .link(rest.reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    var connection: OMQConnection {
        switch self {
        case .accepted(let listener, let route):
            OMQConnection(route: [0, UInt8(listener >> 8), UInt8(listener & 0xff)] + route)
        case .link(let id): OMQConnection(route: withUnsafeBytes(of: id.bigEndian) { [1] + Bytes($0) })
        }
    }
}
