import NodeRuntime
import SessionProtocol
import Storage

/// Handing messages to a node in the way it reads them.
extension Transfers {
    /// How long a node may take to answer what changes little.
    static let noticeTimeout = Duration.seconds(5)
    /// Copies of stores that one node carries out at the same time.
    private static let storesAtOnce = 16
    /// The most hashes that one event names.
    private static let hashesPerEvent = 500

    /// Why a message cannot be handed to a node without harm.
    enum Hindrance: String, Sendable, CaseIterable {
        /// It would be filed in another mailbox for good, and a store needs the owner's signature, which nobody keeps.
        case namespace = "it reads no namespaces, and only the owner could store it there"
        /// Its owner changed the expiry: a store with that lifetime is refused.
        case lifetime = "it reads no namespaces, and no store may last as long or as short"
    }

    /// What became of messages that were handed to a node.
    struct Handed: Sendable {
        var outcome: PushOutcome
        /// How many it was sent.
        var sent = 0
        var withheld: [(message: StoredMessage, hindrance: Hindrance)] = []
    }

    /// Asks a node what kind it is, and so whether it is there.
    /// - Parameter isPeer: whether it is a member of this node's swarm.
    func greet(_ node: NodeRecord, isPeer: Bool) async -> PushOutcome {
        let outcome = await peers.hand(
            "sn.data", [Greeting.question], to: node, isPeer: isPeer, timeout: Self.noticeTimeout)
        if case .reply(let parts) = outcome {
            if Greeting.isOwnKind(parts) { provedOwnKind(node.x25519) } else { provedOtherKind(node.x25519) }
        }
        return peers.counted(PushOutcome(outcome), to: node)
    }

    /// Gives a parcel to a node outside this node's swarm.
    func hand(_ parcel: Parcel, to node: NodeRecord) async -> Handed {
        switch parcel {
        case .messages(let messages): return await hand(messages, to: node, isPeer: false)
        case .changes(let changes):
            // Others have no way to learn of changes. Whether it is one of this kind was found out before.
            guard isKnownAsOwnKind(node.x25519) else { return Handed(outcome: .taken) }
            let lists = [ChangeList.encodeForOlder(changes), ChangeList.encodeForNewer(changes)]
            for list in lists where list != .list([]) {
                let outcome = await peers.hand(
                    "sn.data_amend", [list.encoded], to: node, isPeer: false,
                    timeout: PeerLinks.pushTimeout)
                let handed = peers.counted(PushOutcome(outcome), to: node)
                guard handed == .taken else { return Handed(outcome: handed) }
            }
            return Handed(outcome: .taken)
        }
    }

    /// Gives messages to a node, as far as it can be given them in a sound way.
    func hand(_ messages: [StoredMessage], to node: NodeRecord, isPeer: Bool) async -> Handed {
        if dialect(of: node) == nil {
            let outcome = await greet(node, isPeer: isPeer)
            guard outcome == .taken else { return Handed(outcome: outcome) }
        }
        switch dialect(of: node) {
        case .plain?: return await handSingly(messages, to: node, isPeer: isPeer)
        case .own?, nil: return await push(messages, .own, to: node, isPeer: isPeer)
        case .namespaced?: return await push(messages, .namespaced, to: node, isPeer: isPeer)
        }
    }

    private func push(
        _ messages: [StoredMessage], _ dialect: Dialect, to node: NodeRecord, isPeer: Bool
    ) async -> Handed {
        guard !messages.isEmpty else { return Handed(outcome: .taken) }
        let outcome = await peers.hand(
            "sn.data", [DataBlob.encode(messages, dialect)], to: node, isPeer: isPeer, timeout: PeerLinks.pushTimeout)
        return Handed(outcome: peers.counted(PushOutcome(outcome), to: node), sent: messages.count)
    }

    /// The default inbox by `sn.data`, which files everything there; the other mailboxes that anyone may store to by
    /// copies of stores, as a peer forwards them. Nothing else can be given to it.
    private func handSingly(_ messages: [StoredMessage], to node: NodeRecord, isPeer: Bool) async -> Handed {
        var handed = await push(messages.filter { $0.namespace == .inbox }, .plain, to: node, isPeer: isPeer)
        var stores: [StoredMessage] = []
        for message in messages where message.namespace != .inbox {
            if let hindrance = Self.hindrance(to: message) {
                handed.withheld.append((message, hindrance))
            } else {
                stores.append(message)
            }
        }
        while handed.outcome == .taken, !stores.isEmpty {
            let group = stores.prefix(Self.storesAtOnce)
            stores.removeFirst(group.count)
            let outcome = await withTaskGroup(of: PushOutcome.self) { tasks in
                for message in group {
                    tasks.addTask { await self.peers.store(message, at: node, isPeer: isPeer) }
                }
                return await tasks.reduce(PushOutcome.taken) { $0 == .taken ? $1 : $0 }
            }
            handed.outcome = peers.counted(outcome, to: node)
            if outcome == .taken { handed.sent += group.count }
        }
        return handed
    }

    private static func hindrance(to message: StoredMessage) -> Hindrance? {
        guard message.namespace.isPublicInbox else { return .namespace }
        let (lifetime, overflow) = message.expiry.subtractingReportingOverflow(message.timestamp)
        let isAllowed = !overflow && (Limits.shortestTTL...Limits.longestPublicTTL).contains(lifetime)
        return isAllowed ? nil : .lifetime
    }

    /// Reports what a node was not given.
    func withheld(_ withheld: [(message: StoredMessage, hindrance: Hindrance)], from node: NodeRecord) {
        for hindrance in Hindrance.allCases {
            var hashes = withheld.filter { $0.hindrance == hindrance }.map(\.message.hash.text)[...]
            while !hashes.isEmpty {
                let named = hashes.prefix(Self.hashesPerEvent)
                hashes.removeFirst(named.count)
                environment.events.record(
                    Event(
                        .recordsWithheld, from: name,
                        [
                            "peer": .string(node.legacy.hex), "reason": .string(hindrance.rawValue),
                            "messages": .array(named.map(JSON.string)),
                        ]))
            }
        }
    }
}

extension PeerLinks {
    /// Has a node keep a message as if it had come with a client's store that another member forwards.
    fileprivate func store(_ message: StoredMessage, at node: NodeRecord, isPeer: Bool) async -> PushOutcome {
        let copy: Bencode = .dictionary([
            "data": .bytes(message.data), "expiry": .integer(message.expiry),
            "namespace": .integer(Int64(message.namespace.rawValue)), "pubkey": .bytes(message.account.bytes),
            "timestamp": .integer(message.timestamp),
        ])
        let outcome = await hand(
            "sn.storage_cc", [Bytes("store".utf8), copy.encoded], to: node, isPeer: isPeer,
            timeout: PeerHealth.patience)
        guard case .reply(let parts) = outcome else { return PushOutcome(outcome) }
        let entry = Self.entry(for: outcome)
        guard entry["failed"] == nil else {
            return .refused(parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
        }
        return .taken
    }
}
