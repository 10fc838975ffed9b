import NodeRuntime
import SessionProtocol
import Synchronization

/// A node's dealings with the other members of its swarm: forwards copies, and remembers who does not answer.
final class PeerLinks: Sendable {
    private let name: String
    private let environment: NodeEnvironment
    private let counters: PeerCounters
    private let health = Mutex(PeerHealth())
    private let silences: AsyncStream<Void>
    private let announceSilence: AsyncStream<Void>.Continuation
    /// Peers that answer again, or do not any more, as it happens.
    let changes: AsyncStream<X25519PublicKey>
    private let announceChange: AsyncStream<X25519PublicKey>.Continuation

    /// How often a silent peer is asked whether it is back.
    static let probeInterval = Duration.milliseconds(500)
    /// How long a push may take (storage-node §8.4).
    static let pushTimeout = Duration.seconds(15)

    init(name: String, environment: NodeEnvironment, counters: PeerCounters = PeerCounters()) {
        self.name = name
        self.environment = environment
        self.counters = counters
        // One waiting announcement is enough: whoever reads it looks at all peers.
        (silences, announceSilence) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
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

    /// Hands messages to a peer.
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

    /// Whether a peer lets requests time out at present; it is asked now and then if it is back.
    func isSilent(_ peer: NodeRecord) -> Bool { health.withLock { $0.isSilent(peer.x25519) } }

    /// Whether a peer failed to answer the last time.
    func isFailing(_ peer: NodeRecord) -> Bool { health.withLock { $0.isFailing(peer.x25519) } }

    /// What is remembered of peers that left the swarm counts no more, should they come back.
    func forget(allBut peers: [NodeRecord]) { health.withLock { $0.keepOnly(Set(peers.map(\.x25519))) } }

    /// Asks silent peers whether they are back, until cancelled. Nothing wakes up while none is silent.
    func probeSilentPeers(_ membership: CurrentMembership) async throws {
        for await _ in silences {
            while !silentPeers(of: membership).isEmpty {
                try await environment.clock.sleep(for: Self.probeInterval)
                let silent = silentPeers(of: membership)
                await withTaskGroup(of: Void.self) { group in
                    for peer in silent { group.addTask { await self.probe(peer) } }
                }
            }
        }
        try Task.checkCancellation()
    }

    /// In ascending legacy-key order. An answer may come in from a peer that has left: it is forgotten here.
    private func silentPeers(of membership: CurrentMembership) -> [NodeRecord] {
        let peers = membership.current?.peers ?? []
        return health.withLock { health in
            health.keepOnly(Set(peers.map(\.x25519)))
            return peers.filter { health.isSilent($0.x25519) }
        }
    }

    private func probe(_ peer: NodeRecord) async {
        // Shorter than the interval times two, so that a return is noticed within two seconds.
        let patience = Duration.seconds(1)
        let outcome = await environment.transport.request(peer.peer, "sn.ping", [], timeout: patience)
        note(outcome, from: peer, after: patience)
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
        // Every time-out makes a peer silent, whatever it was before.
        if outcome == .timedOut { announceSilence.yield() }
        if change != .none { announceChange.yield(peer.x25519) }
        switch change {
        case .none: break
        case .lost(let reason):
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
                "code": .text(String(decoding: parts[0], as: UTF8.self)),
                "reason": .text(String(decoding: parts[1], as: UTF8.self)),
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

    private static func value(_ bencode: Bencode, isBinary: Bool) -> ReplyValue {
        switch bencode {
        case .integer(let value): .integer(value)
        case .unsigned(let value): .text(String(value))
        case .bytes(let bytes): isBinary ? .blob(bytes) : .text(String(decoding: bytes, as: UTF8.self))
        case .list(let values): .list(values.map { value($0, isBinary: false) })
        case .dictionary(let values): .dictionary(values.mapValues { value($0, isBinary: false) })
        }
    }
}
