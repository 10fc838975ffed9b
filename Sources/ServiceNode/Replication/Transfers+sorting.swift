import NodeRuntime
import SessionProtocol
import Storage
import Swarms

/// Handing over what other swarms answer for, and erasing it then. The reference keeps it until it expires.
extension Transfers {
    /// The longest wait of a node that nobody knows as a service node any more: it may be taken back one day.
    private static let longestWait = Duration.seconds(600)
    private static let noticeTimeout = Duration.seconds(5)

    /// One search for records that map elsewhere, and what it found them to be mapped by.
    struct Sorting: Sendable {
        var layout: SwarmLayout
        var revision: Int
    }

    /// Hands over until nothing is left that maps elsewhere, or nobody is there to take it.
    func sortAll() async throws {
        while let revision = withPending({ $0.sorting }), let layout = membership.current?.layout {
            let sorting = Sorting(layout: layout, revision: revision)
            let isWanted = { self.isCurrent(sorting) }
            let found = try await persist(.sorting, while: isWanted) { () throws(StorageError) in
                try await destinations(sorting)
            }
            guard let found else {
                if isCurrent(sorting) { return }
                continue
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for swarm in found { group.addTask { try await self.handOver(to: swarm, sorting) } }
                try await group.waitForAll()
            }
            sorted(sorting)
        }
    }

    /// Whether a search is still of the newest layout, and nothing came in that it may have passed over.
    private func isCurrent(_ sorting: Sorting) -> Bool {
        withPending { $0.sorting == sorting.revision } && membership.current?.layout == sorting.layout
    }

    /// Other swarms that records here map to, ascending.
    private func destinations(_ sorting: Sorting) async throws(StorageError) -> [SwarmID] {
        var found: Set<SwarmID> = []
        var last: MessageHash?
        while true {
            let page = try await environment.store.entries(after: last, limit: Limits.hashesPerPage)
            for entry in page { sorting.layout.ring.swarm(for: entry.account).map { _ = found.insert($0) } }
            guard let end = page.last, page.count == Limits.hashesPerPage else { break }
            last = end.hash
        }
        var change: StoredChange?
        while true {
            let page = try await environment.store.changes(since: 0, after: change, limit: Limits.changesPerPage)
            for change in page { change.account.flatMap(sorting.layout.ring.swarm).map { _ = found.insert($0) } }
            guard page.count == Limits.changesPerPage else { break }
            change = page.last
        }
        if let own = sorting.layout.own { found.remove(own) }
        return found.sorted()
    }

    /// Hands everything that maps to a swarm over to it, one batch after another: first what was deleted and revoked,
    /// so that nothing deleted comes back there.
    private func handOver(to swarm: SwarmID, _ sorting: Sorting) async throws {
        guard try await handOverChanges(to: swarm, sorting) else { return }
        var last: MessageHash?
        var isFirst = true
        let isWanted = { self.isCurrent(sorting) }
        while isWanted() {
            let start = last
            let first = isFirst
            let read = try await persist(.handingOver(swarm), while: isWanted) {
                () throws(StorageError) in
                let entries = try await batch(after: start, for: swarm, sorting, isFirst: first)
                return (entries, try await environment.store.messages(named: entries.map(\.hash)))
            }
            guard let (entries, messages) = read, let end = entries.last else { return }
            last = end.hash
            isFirst = false
            guard try await deliver(.messages(messages), to: swarm, sorting) else { continue }
            try await erase(entries, sorting, swarm)
        }
    }

    private func batch(
        after hash: MessageHash?, for swarm: SwarmID, _ sorting: Sorting, isFirst: Bool
    ) async throws(StorageError) -> [StoredEntry] {
        var batch = DataBatch<StoredEntry>(isFirst: isFirst)
        var last = hash
        let now = environment.clock.wallMilliseconds
        while true {
            let page = try await environment.store.entries(after: last, limit: Limits.hashesPerPage)
            for entry in page where entry.expiry > now && sorting.layout.ring.swarm(for: entry.account) == swarm {
                guard batch.add(entry, hash: entry.hash, dataBytes: entry.dataBytes) else { return batch.elements }
            }
            guard let end = page.last, page.count == Limits.hashesPerPage else { return batch.elements }
            last = end.hash
        }
    }

    /// - Returns: whether it is done; `false` when it is out of date.
    private func handOverChanges(to swarm: SwarmID, _ sorting: Sorting) async throws -> Bool {
        var last: StoredChange?
        let isWanted = { self.isCurrent(sorting) }
        while isWanted() {
            let start = last
            let read = try await persist(.handingOver(swarm), while: isWanted) { () throws(StorageError) in
                try await environment.store.changes(since: 0, after: start, limit: Limits.changesPerPage)
            }
            guard let page = read else { return false }
            let moved = page.filter { $0.account.flatMap(sorting.layout.ring.swarm) == swarm }
            // Apart, as an older node takes nothing of a parcel in which it does not know something.
            for parcel in [moved.filter { !$0.isOrder }, moved.filter(\.isOrder)] where !parcel.isEmpty {
                guard try await deliver(.changes(parcel), to: swarm, sorting) else { return false }
            }
            guard page.count == Limits.changesPerPage else { return true }
            last = page.last
        }
        return false
    }

    /// What is handed over at once.
    private enum Parcel {
        case messages([StoredMessage])
        case changes([StoredChange])

        /// When nobody needs it any more, in milliseconds since 1970.
        var end: Int64 {
            switch self {
            case .messages(let messages): messages.map(\.expiry).max() ?? 0
            case .changes: .max
            }
        }

        var messageCount: Int { if case .messages(let messages) = self { messages.count } else { 0 } }

        var command: String { if case .messages = self { "sn.data" } else { "sn.data_amend" } }

        var encoded: Bytes {
            switch self {
            case .messages(let messages): DataBlob.encode(messages)
            case .changes(let changes): ChangeList.encode(changes).encoded
            }
        }
    }

    /// Gives a batch to every member of a swarm until that is enough.
    /// - Returns: whether it is; `false` when the batch is out of date.
    private func deliver(_ parcel: Parcel, to swarm: SwarmID, _ sorting: Sorting) async throws -> Bool {
        let blob = parcel.encoded
        let end = parcel.end
        var delivery = Delivery()
        var backoff = Backoff()
        while isCurrent(sorting), end > environment.clock.wallMilliseconds {
            let members = membership.current?.swarms[swarm] ?? []
            let outcomes = await send(
                parcel.command, blob, to: members.filter { !delivery.acknowledged.contains($0.x25519) })
            try Task.checkCancellation()
            delivery.attempt(outcomes)
            for member in members {
                guard let outcome = outcomes[member.x25519] else { continue }
                if let reason = outcome.failure {
                    failed(member, reason)
                } else if parcel.messageCount > 0 {
                    pushed(parcel.messageCount, to: member, swarm: swarm)
                }
            }
            if !members.isEmpty, delivery.isComplete(among: members.map(\.x25519)) {
                await name(delivery.acknowledged, to: members)
                return true
            }
            if delivery.isSlow { await name(delivery.acknowledged, to: members) }
            backoff.longest = delivery.isHopeless ? Self.longestWait : Backoff.standardLimit
            try await pause(.handingOver(swarm), for: backoff.next())
        }
        return false
    }

    private func send(
        _ command: String, _ blob: Bytes, to members: [NodeRecord]
    ) async -> [X25519PublicKey: PushOutcome] {
        await withTaskGroup(of: (X25519PublicKey, PushOutcome).self) { group in
            for member in members {
                group.addTask { (member.x25519, await self.send(command, blob, to: member)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func send(_ command: String, _ blob: Bytes, to member: NodeRecord) async -> PushOutcome {
        let isKnownToAll = command == "sn.data"
        func attempt() async -> OMQOutcome {
            await environment.transport.request(
                member.peer, command, [blob], timeout: isKnownToAll ? PeerLinks.pushTimeout : Self.noticeTimeout)
        }
        let first = await attempt()
        guard first == .timedOut, !isKnownToAll else { return peers.counted(PushOutcome(first), to: member) }
        let presence = await send("sn.data", DataBlob.encode([]), to: member)
        guard presence == .taken else { return presence }
        // It is there. The reference does not answer commands that it does not know, and cannot be told more; or the
        // first attempt was lost.
        let second = await attempt()
        return second == .timedOut ? .taken : peers.counted(PushOutcome(second), to: member)
    }

    /// Tells those who took a batch who else did, so that they look after the rest of their swarm. A reference node does
    /// not answer, and is not told anything new.
    private func name(_ holders: Set<X25519PublicKey>, to members: [NodeRecord]) async {
        let list = Bencode.list(holders.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }.map { .bytes($0) })
        await withTaskGroup(of: Void.self) { group in
            for member in members where holders.contains(member.x25519) {
                group.addTask {
                    _ = await self.environment.transport.request(
                        member.peer, "sn.data_holders", [list.encoded], timeout: Self.noticeTimeout)
                }
            }
        }
    }

    /// Forgets what was handed over, unless the table changed: then it may be needed here again.
    private func erase(_ entries: [StoredEntry], _ sorting: Sorting, _ swarm: SwarmID) async throws {
        let isWanted = { self.isCurrent(sorting) }
        let erased = try await persist(.handingOver(swarm), while: isWanted) { () throws(StorageError) in
            try await environment.store.remove(entries) { [membership] in
                membership.current?.layout == sorting.layout
            }
        }
        guard let erased else { return }
        // One whose expiry was set meanwhile is not what was handed over: it is looked for again.
        if erased < entries.count, isWanted() { sortAnew() }
        guard erased > 0 else { return }
        environment.events.record(Event(.recordsErased, from: name, ["messages": .int(erased)]))
    }
}
