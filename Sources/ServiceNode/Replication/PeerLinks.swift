import NodeRuntime
import SessionProtocol
import Synchronization

/// A node's dealings with the other members of its swarm: forwards copies, and remembers who does not answer.
final class PeerLinks: Sendable {
    private let name: String
    private let environment: NodeEnvironment
    private let counters: PeerCounters
    private let health = Mutex(PeerHealth())
    private let losses: AsyncStream<Void>
    private let announceLoss: AsyncStream<Void>.Continuation
    /// Peers that answer again, or do not any more, as it happens.
    let changes: AsyncStream<X25519PublicKey>
    private let announceChange: AsyncStream<X25519PublicKey>.Continuation

    /// How often a peer that fails is asked whether it is back.
    static let probeInterval = Duration.milliseconds(500)
    /// How long its answer counts: a slow peer is alive too.
    static let probeTimeout = PeerHealth.patience
    /// How long a push may take (storage-node §8.4).
    static let pushTimeout = Duration.seconds(15)

    init(name: String, environment: NodeEnvironment, counters: PeerCounters = PeerCounters()) {
        self.name = name
        self.environment = environment
        self.counters = counters
        // One waiting announcement is enough: whoever reads it looks at all peers.
        (losses, announceLoss) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (changes, announceChange) = AsyncStream.makeStream()
    }

    /// Has a peer run a forwarded method.
    /// - Returns: the peer's entry in the reply (storage-node §3.6); a peer that does not answer is an entry too.
    func forward(_ method: String, _ body: Bytes, to peer: NodeRecord) async -> [String: ReplyValue] {
        let patience = health.withLock { $0.patience(with: peer.x25519) }
        let outcome = await environment.transport.request(
            peer.peer, "sn.storage_cc", [Bytes(method.utf8), body], timeout: patience)
        note(outcome, from: peer, after: patience)
        if !outcome.isReply, !Task.isCancelled { counters.requestFailed(peer.legacy) }
        return Self.entry(for: outcome)
    }

    /// Hands something to a node.
    /// - Parameter isPeer: whether it is a member of this node's swarm, whose health is looked after.
    func hand(
        _ command: String, _ parts: [Bytes], to node: NodeRecord, isPeer: Bool, timeout: Duration
    ) async -> OMQOutcome {
        let outcome = await environment.transport.request(node.peer, command, parts, timeout: timeout)
        if isPeer { note(outcome, from: node, after: timeout) }
        return outcome
    }

    /// Hands messages to a peer of this kind.
    func push(_ blob: Bytes, to peer: NodeRecord) async -> PushOutcome {
        let outcome = await environment.transport.request(peer.peer, "sn.data", [blob], timeout: Self.pushTimeout)
        note(outcome, from: peer, after: Self.pushTimeout)
        return counted(PushOutcome(outcome), to: peer)
    }

    /// Counts a push that was not taken. One that was cut short says nothing of the peer.
    func counted(_ outcome: PushOutcome, to peer: NodeRecord) -> PushOutcome {
        if outcome.failure != nil, !Task.isCancelled { counters.pushFailed(peer.legacy) }
        return outcome
    }

    /// Asks a peer for something that a node of the reference does not know and so does not answer: that it lets the
    /// time pass says nothing about it.
    func ask(_ peer: NodeRecord, _ command: String, _ part: Bytes, timeout: Duration) async -> OMQOutcome {
        let outcome = await environment.transport.request(peer.peer, command, [part], timeout: timeout)
        if outcome != .timedOut { note(outcome, from: peer, after: timeout) }
        return outcome
    }

    /// Whether a peer failed to answer the last time.
    func isFailing(_ peer: NodeRecord) -> Bool { health.withLock { $0.isFailing(peer.x25519) } }

    /// What is remembered of peers that left the swarm counts no more, should they come back.
    func forget(allBut peers: [NodeRecord]) { health.withLock { $0.keepOnly(Set(peers.map(\.x25519))) } }

    /// Asks peers that fail whether they are back, until cancelled. Nothing wakes up while none fails.
    ///
    /// One question does not wait for the answer to the one before, which may be lost: each is another chance to notice
    /// a return soon, and those of a slow peer are answered in their turn.
    func probeFailingPeers(_ membership: CurrentMembership) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await _ in losses {
                while true {
                    let failing = failingPeers(of: membership)
                    if failing.isEmpty { break }
                    for peer in failing { group.addTask { await self.probe(peer) } }
                    try await environment.clock.sleep(for: Self.probeInterval)
                }
            }
            try Task.checkCancellation()
        }
    }

    /// In ascending legacy-key order. An answer may come in from a peer that has left: it is forgotten here.
    private func failingPeers(of membership: CurrentMembership) -> [NodeRecord] {
        let peers = membership.current?.peers ?? []
        return health.withLock { health in
            health.keepOnly(Set(peers.map(\.x25519)))
            return peers.filter { health.isFailing($0.x25519) }
        }
    }

    private func probe(_ peer: NodeRecord) async {
        let outcome = await environment.transport.request(peer.peer, "sn.ping", [], timeout: Self.probeTimeout)
        switch outcome {
        case .reply, .refused: note(outcome, from: peer, after: Self.probeTimeout)
        // A later question may have been answered since.
        case .timedOut, .unreachable: break
        }
    }

    /// - Parameter patience: how long an answer was waited for.
    private func note(_ outcome: OMQOutcome, from peer: NodeRecord, after patience: Duration) {
        // A client that hung up, or a node that ends, cuts a request short; that says nothing about the peer.
        guard !Task.isCancelled else { return }
        let change = health.withLock { health in
            switch outcome {
            case .reply, .refused: health.answered(peer.x25519)
            case .timedOut: health.timedOut(peer.x25519, after: patience)
            case .unreachable(let reason): health.wasUnreachable(peer.x25519, reason: reason)
            }
        }
        if change != .none { announceChange.yield(peer.x25519) }
        switch change {
        case .none: break
        case .lost(let reason):
            announceLoss.yield()
            environment.events.record(
                Event(.peerUnreachable, from: name, ["peer": .string(peer.legacy.hex), "reason": .string(reason)]))
        case .returned:
            environment.events.record(Event(.peerReturned, from: name, ["peer": .string(peer.legacy.hex)]))
        }
    }

    /// A peer's answer as its entry. Its booleans stay the integers that bencode made of them.
    static func entry(for outcome: OMQOutcome) -> [String: ReplyValue] {
        switch outcome {
        case .timedOut, .unreachable, .refused:
            return ["failed": .bool(true), "timeout": .bool(true)]
        case .reply(let parts) where parts.count == 1:
            return dictionary(parsing: parts[0]) ?? ["failed": .bool(true), "bad_peer_response": .bool(true)]
        case .reply(let parts) where parts.count == 2:
            return [
                "failed": .bool(true),
                "code": text(parts[0]),
                "reason": text(parts[1]),
            ]
        case .reply:
            return ["failed": .bool(true), "bad_peer_response": .bool(true)]
        }
    }

    private static func dictionary(parsing bytes: Bytes) -> [String: ReplyValue]? {
        // A peer that answers nonsense is told apart by the entry, not by the parser's reason.
        guard let fields = try? Bencode(parsing: bytes).asDictionary else { return nil }
        return fields.reduce(into: [:]) { entry, field in
            entry[field.key] = value(field.value, isBinary: field.key == "signature")
        }
    }

    /// What is no text stays as it is for whoever can be told so.
    private static func text(_ bytes: Bytes) -> ReplyValue {
        String(validating: bytes, as: UTF8.self).map(ReplyValue.text) ?? .blob(bytes)
    }

    private static func value(_ bencode: Bencode, isBinary: Bool) -> ReplyValue {
        switch bencode {
        case .integer(let value): .integer(value)
        case .unsigned(let value): .quoted(.unsigned(value))
        case .bytes(let bytes): isBinary ? .blob(bytes) : text(bytes)
        case .list(let values): .list(values.map { value($0, isBinary: false) })
        case .dictionary(let values): .dictionary(values.mapValues { value($0, isBinary: false) })
        }
    }
}
