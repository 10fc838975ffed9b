import NodeRuntime
import SessionProtocol
import Storage
import Synchronization

/// Keeps a node's records where they belong: it holds exactly what maps to its swarm, gives its peers what they lack,
/// fetches what it lacks itself, and hands over before it erases (storage-node §8.2, §8.4).
///
/// Everything is done by jobs that run while there is something to do; a node at rest has none.
final class Transfers: Sendable {
    /// Whom a job that pauses waits for.
    enum Pause: Hashable {
        case sorting
        case handingOver(SwarmID)
        case waitingFor(X25519PublicKey)
        case comparing
        case pushing(X25519PublicKey)
        case amending(X25519PublicKey)
    }

    private struct State {
        var pending = PendingTransfers()
        /// In the order they began: whoever is woken first runs first.
        var pauses: [(pause: Pause, waker: AsyncStream<Void>.Continuation)] = []
        /// Peers whose failure was reported.
        var failing: Set<X25519PublicKey> = []
        /// No peer answered; they may have gone on without this node.
        var isCutOff = false
        var waitsBeforeComparing = false
        /// It has not been in a swarm of the network that began with it.
        var isFounding = false
        /// Of the last table that was planned for.
        var layout: SwarmLayout?
        /// Peers of another kind: they cannot compare, and would be pushed everything each time.
        var incomparable: Set<X25519PublicKey> = []
        /// Nodes whose kind was found out, in this swarm and others.
        var isOwnKind: [X25519PublicKey: Bool] = [:]
        /// Since when a node takes nothing and answers nothing, by this node's uptime.
        var silentSince: [X25519PublicKey: Duration] = [:]
        /// Grows with whatever is done.
        var steps = 0
    }

    let name: String
    let environment: NodeEnvironment
    let membership: CurrentMembership
    let peers: PeerLinks
    private let state: Mutex<State>
    private let starts: AsyncStream<Void>
    private let announceStart: AsyncStream<Void>.Continuation

    /// - Parameter foundsNetwork: see ``NodeConfiguration/foundsNetwork``.
    init(
        name: String, environment: NodeEnvironment, membership: CurrentMembership, peers: PeerLinks,
        foundsNetwork: Bool = false
    ) {
        state = Mutex(State(isFounding: foundsNetwork))
        self.name = name
        self.environment = environment
        self.membership = membership
        self.peers = peers
        // One waiting announcement is enough: whoever reads it looks at everything that is pending.
        (starts, announceStart) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How much there is left to push, to compare and to hand over.
    var pendingCount: Int { state.withLock { $0.pending.count } }
    /// Grows with every step of what there is to do, and stands still while none is made.
    var steps: Int { state.withLock { $0.steps } }

    // MARK: What happened

    /// A newer table is in force.
    func tableChanged(from previous: Membership?, to next: Membership) {
        let wakers = state.withLock { state in
            let plan = TransferPlan(
                from: previous, to: next, isHandingOver: state.pending.sorting != nil, isFounding: state.isFounding)
            if next.ownSwarm != nil { state.isFounding = false }
            state.layout = next.layout
            let known = Set(next.peers.map(\.x25519))
            state.pending.keepOnly(known)
            state.failing.formIntersection(known)
            for peer in plan.newcomers { state.pending.owe(peer, after: 0, isUrgent: true) }
            if plan.sorts { state.pending.sort() }
            state.incomparable.formIntersection(known)
            state.isOwnKind = state.isOwnKind.filter { next.isActive($0.key) }
            state.silentSince = state.silentSince.filter { next.isActive($0.key) }
            let compared = plan.comparesWithPeers ? known : Set(plan.leftBehind).subtracting(state.incomparable)
            if !compared.isEmpty {
                state.pending.compare(with: compared)
                state.waitsBeforeComparing = plan.othersPush
            }
            // A newcomer may have been there for a while: what clients changed here meanwhile, it was not told of. What it
            // knows itself it tells, as this node is one of the newcomers that it sees.
            for peer in plan.newcomers where !compared.contains(peer) && !state.incomparable.contains(peer) {
                state.pending.amend(peer, since: 0, isUrgent: true, asks: false)
            }
            return state.pauses.map(\.waker)
        }
        for waker in wakers { waker.yield() }
        announceStart.yield()
    }

    /// A message was committed under a membership that may not be in force any more.
    func wrote(row: Int64, under snapshot: Membership) {
        guard let current = membership.current, current.blockHash != snapshot.blockHash else { return }
        let known = Set(snapshot.peers.map(\.x25519))
        let wakers = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            for peer in current.peers where !known.contains(peer.x25519) {
                state.pending.owe(peer.x25519, after: row - 1, isUrgent: true)
            }
            guard current.layout != snapshot.layout else { return [] }
            state.pending.sort()
            return state.pauses.map(\.waker)
        }
        // A search under way has to begin anew.
        for waker in wakers { waker.yield() }
        announceStart.yield()
    }

    /// A peer did not store the message of a row.
    func missed(row: Int64, by peer: NodeRecord) {
        guard membership.current?.peer(peer.x25519) != nil else { return }
        state.withLock { $0.pending.owe(peer.x25519, after: row - 1, isUrgent: false) }
        announceStart.yield()
    }

    /// A peer stored a message: it may take what it missed before.
    func stored(by peer: NodeRecord) { wake(.pushing(peer.x25519)) }

    /// This node may lack what its peers have: it was away, or could not write.
    func mayLackRecords() {
        mayBeLacking(membership.current?.peers ?? [])
    }

    /// A node outside the swarm handed records over: some peers may not have them, because it could not reach them or did
    /// not know of them.
    func mayBeLacking(_ peers: some Sequence<NodeRecord>) {
        let keys = peers.map(\.x25519)
        guard !keys.isEmpty else { return }
        withPending { $0.compare(with: keys) }
        announceStart.yield()
    }

    // MARK: Running

    /// Does what there is to do until cancelled.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await self.followPeers() }
            for await _ in starts {
                for job in withPending({ $0.start() }) { group.addTask { try await self.run(job) } }
            }
            try Task.checkCancellation()
        }
    }

    private func run(_ job: PendingTransfers.Job) async throws {
        switch job {
        case .sort: try await sortAll()
        case .compare: try await compareWithPeers()
        case .push(let peer): try await payDebt(to: peer)
        case .amend(let peer): try await exchangeMissedChanges(with: peer)
        }
        if withPending({ $0.ended(job) }) { announceStart.yield() }
    }

    private func followPeers() async {
        for await key in peers.changes {
            guard let members = membership.current?.peers, let peer = members.first(where: { $0.x25519 == key }) else {
                continue
            }
            guard !peers.isFailing(peer) else {
                _ = silence(of: key, at: environment.clock.uptime)
                if members.allSatisfy(peers.isFailing) { state.withLock { $0.isCutOff = true } }
                continue
            }
            heard(key)
            for pause in [.pushing(key), .amending(key), .comparing] as [Pause] { wake(pause) }
            if state.withLock({ state in
                defer { state.isCutOff = false }
                return state.isCutOff
            }) {
                mayLackRecords()
            }
        }
    }
}

/// What the jobs work with.
extension Transfers {
    func withPending<Result: Sendable>(_ body: (inout PendingTransfers) -> Result) -> Result {
        state.withLock { body(&$0.pending) }
    }

    /// Forgets what one is owed who is no peer any more. Whoever comes back is owed everything by then.
    func dropStranger(_ key: X25519PublicKey) {
        withPending { if membership.current?.peer(key) == nil { $0.forget(key) } }
    }

    /// Whether a peer may still lack what this node has to push to it.
    func isBusy(with peer: NodeRecord) -> Bool {
        withPending { $0.debts[peer.x25519] != nil || $0.comparisons[peer.x25519] != nil }
    }

    /// A search came to its end. With a newer table in force it does not count: once that is planned for, it must still
    /// be known that records were being handed over.
    func sorted(_ sorting: Sorting) {
        state.withLock { state in
            guard state.layout == sorting.layout, membership.current?.layout == sorting.layout else { return }
            state.pending.sorted(sorting.revision)
        }
    }

    /// A peer does not know how to compare: it is pushed everything, this once.
    func cannotCompare(with peer: X25519PublicKey) {
        state.withLock { state in
            state.incomparable.insert(peer)
            state.pending.owe(peer, after: 0, isUrgent: true)
        }
        announceStart.yield()
    }

    /// A peer knows nothing of changes either.
    func cannotExchange(with peer: X25519PublicKey) {
        state.withLock { state in
            state.incomparable.insert(peer)
            state.pending.forgetAmendment(of: peer)
        }
    }

    /// How a node reads what it is handed; `nil` until its kind was found out.
    func dialect(of node: NodeRecord) -> Dialect? {
        state.withLock { $0.isOwnKind[node.x25519] }.map { Dialect(isOwnKind: $0, version: node.version) }
    }

    func isKnownAsOwnKind(_ node: X25519PublicKey) -> Bool { state.withLock { $0.isOwnKind[node] == true } }

    /// Whether a node's kind is known, and nothing says that it is gone.
    func isKnownAndHeard(_ node: X25519PublicKey) -> Bool {
        state.withLock { $0.isOwnKind[node] != nil && $0.silentSince[node] == nil }
    }

    /// A node asked or answered what only nodes of this kind do.
    func provedOwnKind(_ node: X25519PublicKey) {
        let wasMistaken = state.withLock { state in
            state.isOwnKind[node] = true
            guard state.incomparable.remove(node) != nil else { return false }
            state.pending.compare(with: [node])
            return true
        }
        if wasMistaken { announceStart.yield() }
    }

    /// A node answered as those of this kind do not.
    func provedOtherKind(_ node: X25519PublicKey) { state.withLock { $0.isOwnKind[node] = false } }

    /// A node took nothing and answered nothing.
    /// - Returns: since when it does so, by this node's uptime.
    func silence(of node: X25519PublicKey, at now: Duration) -> Duration {
        state.withLock { state in
            let since = state.silentSince[node] ?? now
            state.silentSince[node] = since
            return since
        }
    }

    /// A node answers.
    func heard(_ node: X25519PublicKey) { state.withLock { $0.silentSince[node] = nil } }

    func progressed() { state.withLock { $0.steps += 1 } }

    /// Has changes exchanged with peers, as far as these can.
    /// - Parameter since: in milliseconds since 1970.
    func amend(_ peers: [X25519PublicKey], since: Int64, isUrgent: Bool) {
        guard !peers.isEmpty else { return }
        state.withLock { state in
            for peer in peers where !state.incomparable.contains(peer) {
                state.pending.amend(peer, since: since, isUrgent: isUrgent)
            }
        }
        announceStart.yield()
    }

    /// Has records and changes looked for that map elsewhere, also by a search under way.
    func sortAnew() {
        let wakers = state.withLock { state in
            state.pending.sort()
            return state.pauses.map(\.waker)
        }
        for waker in wakers { waker.yield() }
        announceStart.yield()
    }

    /// Whether the first comparison should let the peers push before it.
    func takeWaitBeforeComparing() -> Bool {
        state.withLock { state in
            defer { state.waitsBeforeComparing = false }
            return state.waitsBeforeComparing
        }
    }

    /// Waits, until it is woken at the latest.
    /// - Parameter isNeeded: asked once it can be woken: what it would be woken by may have happened before.
    func pause(_ pause: Pause, for duration: Duration, while isNeeded: () -> Bool = { true }) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.pauses.append((pause, continuation)) }
        defer { state.withLock { $0.pauses.removeAll { $0.pause == pause } } }
        guard isNeeded() else { return }
        _ = try await environment.clock.within(duration) {
            for await _ in stream { return }
        }
        try Task.checkCancellation()
    }

    private func wake(_ pause: Pause) {
        state.withLock { $0.pauses.first { $0.pause == pause }?.waker }?.yield()
    }

    /// Reports a failure, unless it is the same peer's next one.
    func failed(_ peer: NodeRecord, _ reason: String) {
        guard state.withLock({ $0.failing.insert(peer.x25519).inserted }) else { return }
        environment.events.record(
            Event(.transferFailed, from: name, ["peer": .string(peer.legacy.hex), "reason": .string(reason)]))
    }

    /// Reports that a node took messages.
    func pushed(_ count: Int, to peer: NodeRecord, swarm: SwarmID) {
        state.withLock { state in
            state.failing.remove(peer.x25519)
            state.steps += 1
        }
        environment.events.record(
            Event(
                .recordsPushed, from: name,
                ["peer": .string(peer.legacy.hex), "messages": .int(count), "swarm": .string(swarm.hex)]))
    }

    /// Does something with the store, again and again until it works.
    /// - Returns: `nil` when the store is closed, or the work is not wanted any more.
    func persist<Value: Sendable>(
        _ pause: Pause, while isWanted: () -> Bool, _ body: () async throws(StorageError) -> Value
    ) async throws -> Value? {
        var backoff = Backoff()
        while isWanted() {
            do {
                return try await body()
            } catch .closed {
                return nil
            } catch {
                // Clients are told of the same failure with every store; this job only has to outlast it.
                try await self.pause(pause, for: backoff.next())
            }
        }
        return nil
    }
}
