import NodeRuntime
import SessionProtocol
import Storage
import Swarms

/// Handing over to one swarm what it answers for, and erasing it then. One member that is slow or gone keeps nobody else
/// from getting everything.
extension Transfers {
    /// A hand-over under way.
    private struct Course {
        let swarm: SwarmID
        let sorting: Sorting
        var delivery = Delivery()
        var consignment = Consignment()
    }

    private enum Outcome: Sendable {
        case greeted(NodeRecord, PushOutcome)
        case sent(NodeRecord, parcel: Int, Handed)
        case rested(X25519PublicKey)
    }

    private enum Reading {
        case parcel(Parcel)
        /// There are no more.
        case end
        /// The store is closed, or the search out of date.
        case unwanted
    }

    /// Hands everything that maps to a swarm over to it: first what was deleted and revoked, so that nothing deleted
    /// comes back there.
    func handOver(to swarm: SwarmID, _ sorting: Sorting) async throws {
        var course = Course(swarm: swarm, sorting: sorting)
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            defer { group.cancelAll() }
            while isCurrent(sorting) {
                let members = membership.current?.swarms[swarm] ?? []
                course.delivery.adopt(members.map(\.x25519)) { self.isKnownAndHeard($0) }
                for member in members {
                    guard try await begin(member, &course, &group) else { return }
                }
                try await forget(&course, among: members)
                guard !course.delivery.isDone else { return }
                guard let outcome = try await group.next() else {
                    // Without members, until a table says that the swarm is gone.
                    try await pause(.handingOver(swarm), for: Backoff.standardLimit)
                    continue
                }
                take(outcome, &course)
            }
        }
    }

    /// Begins what is to be done next for a member.
    /// - Returns: `false` when nothing is wanted any more.
    private func begin(
        _ member: NodeRecord, _ course: inout Course, _ group: inout ThrowingTaskGroup<Outcome, any Error>
    ) async throws -> Bool {
        let key = member.x25519
        switch course.delivery.begin(key, at: environment.clock.uptime) {
        case nil: break
        case .greet: group.addTask { .greeted(member, await self.greet(member, isPeer: false)) }
        case .rest(let duration):
            group.addTask {
                try await self.pause(.waitingFor(key), for: duration)
                return .rested(key)
            }
        case .send(let number):
            switch try await parcel(number, &course) {
            case .unwanted: return false
            case .end:
                course.delivery.ends(after: number)
                course.delivery.drop(key)
            case .parcel(let parcel):
                group.addTask { .sent(member, parcel: number, await self.hand(parcel, to: member)) }
            }
        }
        return true
    }

    private func take(_ outcome: Outcome, _ course: inout Course) {
        switch outcome {
        case .rested(let key): course.delivery.rested(key)
        case .greeted(let member, .taken): course.delivery.isThere(member.x25519)
        case .greeted(let member, let outcome): failed(member, outcome, &course)
        case .sent(let member, let number, let handed):
            withheld(handed.withheld, from: member)
            guard handed.outcome == .taken else { return failed(member, handed.outcome, &course) }
            course.delivery.took(member.x25519, number)
            course.consignment.took(number, without: handed.withheld.map(\.message))
            heard(member.x25519)
            if handed.sent > 0 { pushed(handed.sent, to: member, swarm: course.swarm) }
        }
    }

    private func failed(_ member: NodeRecord, _ outcome: PushOutcome, _ course: inout Course) {
        if let reason = outcome.failure { failed(member, reason) }
        let now = environment.clock.uptime
        var since = now
        switch outcome {
        case .taken, .refused: heard(member.x25519)
        case .stranger, .unreachable:
            since = silence(of: member.x25519, at: now)
            // Waiting comes to an end too.
            if now - since <= Delivery.patienceWithStrangers { progressed() }
        }
        course.delivery.failed(member.x25519, outcome, failingSince: since)
    }

    // MARK: Parcels

    /// The contents of a parcel: the next one, or one that was read before.
    private func parcel(_ number: Int, _ course: inout Course) async throws -> Reading {
        if let latest = course.consignment.latest, latest.number == number { return .parcel(latest.parcel) }
        let (swarm, sorting) = (course.swarm, course.sorting)
        let isWanted = { self.isCurrent(sorting) }
        guard number == course.consignment.count else {
            guard let extent = course.consignment.extent(number) else { return .parcel(.changes([])) }
            let read = try await persist(.handingOver(swarm), while: isWanted) { () throws(StorageError) in
                try await contents(of: extent, for: swarm, sorting)
            }
            return read.map(Reading.parcel) ?? .unwanted
        }
        let before = course.consignment
        let read = try await persist(.handingOver(swarm), while: isWanted) { () throws(StorageError) in
            var consignment = before
            let isRead = try await readNext(into: &consignment, for: swarm, sorting)
            return (consignment, isRead)
        }
        guard let (consignment, isRead) = read else { return .unwanted }
        course.consignment = consignment
        guard isRead, let latest = consignment.latest else { return .end }
        return .parcel(latest.parcel)
    }

    /// - Returns: whether there was anything left.
    private func readNext(
        into consignment: inout Consignment, for swarm: SwarmID, _ sorting: Sorting
    ) async throws(StorageError) -> Bool {
        while case .changes(let start) = consignment.cursor {
            let page = try await environment.store.changes(since: 0, after: start, limit: Limits.changesPerPage)
            consignment.cursor =
                page.count < Limits.changesPerPage ? .messages(after: nil) : .changes(after: page.last)
            let moved = page.filter { sorting.maps($0, to: swarm) }
            guard moved.isEmpty else {
                consignment.add(.changes(after: start), .changes(moved))
                return true
            }
        }
        guard case .messages(let start) = consignment.cursor else { return false }
        let entries = try await batch(after: start, for: swarm, sorting, isFirst: !consignment.hasBatches)
        guard let last = entries.last?.hash else { return false }
        let messages = try await environment.store.messages(named: entries.map(\.hash))
        consignment.cursor = .messages(after: last)
        consignment.hasBatches = true
        consignment.add(
            .messages(Consignment.Batch(after: start, entries, last: last)), .messages(messages))
        return true
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

    /// What is left of a parcel that was read before, as it is now.
    private func contents(
        of extent: Consignment.Extent, for swarm: SwarmID, _ sorting: Sorting
    ) async throws(StorageError) -> Parcel {
        switch extent {
        case .changes(let start):
            let page = try await environment.store.changes(since: 0, after: start, limit: Limits.changesPerPage)
            return .changes(page.filter { sorting.maps($0, to: swarm) })
        case .messages(let batch):
            let entries = try await entries(in: batch).filter(batch.holds)
            return .messages(try await environment.store.messages(named: entries.map(\.hash)))
        }
    }

    private func entries(in batch: Consignment.Batch) async throws(StorageError) -> [StoredEntry] {
        var found: [StoredEntry] = []
        var last = batch.start
        while true {
            let page = try await environment.store.entries(after: last, limit: Limits.hashesPerPage)
            found += page.prefix { $0.hash <= batch.last }
            guard let end = page.last, page.count == Limits.hashesPerPage, end.hash < batch.last else { return found }
            last = end.hash
        }
    }

    // MARK: The end of it

    /// Erases what the swarm has enough of, and tells those who have it who they are.
    private func forget(_ course: inout Course, among members: [NodeRecord]) async throws {
        let now = environment.clock.uptime
        let enough = course.delivery.enough(at: now)
        guard enough > course.delivery.forgotten else {
            let holders = course.delivery.takeNews(at: now)
            if !holders.isEmpty { await name(holders, to: members) }
            return
        }
        await name(course.delivery.holders(before: enough), to: members)
        for number in course.delivery.forgotten..<enough {
            guard case .messages(let batch) = course.consignment.remove(number) else { continue }
            try await erase(batch, course)
        }
        course.delivery.forget(before: enough)
    }

    /// Tells those who took everything so far who else did, so that they look after the rest of their swarm. Others than
    /// nodes of this kind do not know what that means.
    private func name(_ holders: Set<X25519PublicKey>, to members: [NodeRecord]) async {
        let list = Bencode.list(holders.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }.map { .bytes($0) })
        await withTaskGroup(of: Void.self) { group in
            for member in members where holders.contains(member.x25519) && isKnownAsOwnKind(member.x25519) {
                group.addTask {
                    _ = await self.environment.transport.request(
                        member.peer, "sn.data_holders", [list.encoded], timeout: Self.noticeTimeout)
                }
            }
        }
    }

    /// Forgets what was handed over, unless the table changed: then it may be needed here again. What was changed
    /// meanwhile is not what was handed over, and is looked for again.
    private func erase(_ batch: Consignment.Batch, _ course: Course) async throws {
        let (swarm, sorting) = (course.swarm, course.sorting)
        let isWanted = { self.isCurrent(sorting) }
        let now = environment.clock.wallMilliseconds
        let done = try await persist(.handingOver(swarm), while: isWanted) { () throws(StorageError) in
            let mapped = try await entries(in: batch).filter { sorting.layout.ring.swarm(for: $0.account) == swarm }
            let held = mapped.filter(batch.isHeld)
            let erased = try await environment.store.remove(held) { [membership] in
                membership.current?.layout == sorting.layout
            }
            return (erased, isAll: erased == held.count && mapped.allSatisfy { batch.holds($0) || $0.expiry <= now })
        }
        guard let (erased, isAll) = done else { return }
        if !isAll, isWanted() { sortAnew() }
        guard erased > 0 else { return }
        progressed()
        environment.events.record(Event(.recordsErased, from: name, ["messages": .int(erased)]))
    }
}

extension Transfers.Sorting {
    /// Whether a swarm should know of a change.
    fileprivate func maps(_ change: StoredChange, to swarm: SwarmID) -> Bool {
        change.account.flatMap(layout.ring.swarm) == swarm
    }
}
