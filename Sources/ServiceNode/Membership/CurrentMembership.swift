import SessionProtocol
import Synchronization

/// The newest ``Membership``, shared by everything in one node. Readers get a whole table, never half of two.
final class CurrentMembership: Sendable {
    private struct State {
        var membership: Membership?
        /// The last table under which this node served clients.
        var served: NetworkView?
        var blocks = RecentBlocks()
        var departed = DepartedNodes()
        /// A newer table may be there, and nobody asked for it yet.
        var isLookWanted = false
        /// The ledger is being asked.
        var isLooking = false
    }
    private let state = Mutex(State())
    /// One element whenever the ledger should be asked for its newest table. One that waits stands for all.
    let looks: AsyncStream<Void>
    private let requestLook: AsyncStream<Void>.Continuation
    /// An element after each table, for one reader. One that is slow gets one element for several tables.
    let changes: AsyncStream<Void>
    private let announceChange: AsyncStream<Void>.Continuation

    init() {
        (looks, requestLook) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (changes, announceChange) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// `nil` until the ledger answered for the first time.
    var current: Membership? { state.withLock { $0.membership } }

    /// The `get_swarm` object for an account. A node that is not ready goes on answering from the last table under which
    /// it was; one that never was knows no swarms (storage-node §2.2, §10.3).
    func swarmReply(for account: AccountID) -> [String: ReplyValue] {
        let served = state.withLock { $0.served }
        return served?.swarmReply(for: account) ?? ["snodes": [], "swarm": .text(SwarmID.unassigned.hex)]
    }

    /// Of the tables so far.
    var recentBlocks: RecentBlocks { state.withLock { $0.blocks } }

    /// Remembers a block before the first table's.
    func fill(_ height: UInt64, _ hash: String) { state.withLock { $0.blocks.fill(height, hash) } }

    /// - Parameters:
    ///   - departed: keys that were active before and are not now.
    ///   - now: the node's uptime.
    func replace(with membership: Membership, departed: [X25519PublicKey] = [], at now: Duration = .zero) {
        state.withLock { state in
            state.membership = membership
            if membership.reasonNotReady == nil { state.served = membership.view }
            state.blocks.advance(to: membership.height, membership.blockHash)
            state.departed.left(departed, at: now)
        }
        announceChange.yield()
    }

    /// Whether a key belonged to an active node until lately, or belongs to a decommissioned one.
    func isFormer(_ key: X25519PublicKey, at now: Duration) -> Bool {
        state.withLock { $0.membership?.view.isDecommissioned(key) == true || $0.departed.contains(key, at: now) }
    }

    /// Has the ledger asked for its newest table.
    func look() {
        state.withLock { $0.isLookWanted = true }
        requestLook.yield()
    }

    /// Asking begins: whatever is announced from now on needs another look.
    func beginLook() {
        state.withLock { state in
            state.isLookWanted = false
            state.isLooking = true
        }
    }

    func endLook() { state.withLock { $0.isLooking = false } }

    /// Whether the newest table is here, as far as this node was told.
    var isNewest: Bool { state.withLock { $0.membership != nil && !$0.isLookWanted && !$0.isLooking } }

    /// Why the node does not serve clients yet; `nil` when it does (storage-node §2.1).
    var reasonNotReady: String? {
        guard let membership = current else { return "not in any swarm; not done syncing" }
        return membership.reasonNotReady
    }
}
