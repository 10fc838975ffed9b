import SessionProtocol
import Synchronization

/// The newest ``Membership``, shared by everything in one node. Readers get a whole table, never half of two.
final class CurrentMembership: Sendable {
    private struct Known {
        var membership: Membership?
        var blocks = RecentBlocks()
    }
    private let known = Mutex(Known())
    /// An element after each table, for one reader. One that is slow gets one element for several tables.
    let changes: AsyncStream<Void>
    private let announceChange: AsyncStream<Void>.Continuation

    init() { (changes, announceChange) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// `nil` until the ledger answered for the first time.
    var current: Membership? { known.withLock { $0.membership } }

    /// Of the tables so far.
    var recentBlocks: RecentBlocks { known.withLock { $0.blocks } }

    func replace(with membership: Membership) {
        known.withLock { known in
            known.membership = membership
            known.blocks.advance(to: membership.height, membership.blockHash)
        }
        announceChange.yield()
    }

    /// Remembers a block before the first table's.
    func fill(_ height: UInt64, _ hash: String) { known.withLock { $0.blocks.fill(height, hash) } }

    /// Why the node does not serve clients yet; `nil` when it does (storage-node §2.1).
    var reasonNotReady: String? {
        guard let membership = current else { return "not in any swarm; not done syncing" }
        return membership.reasonNotReady
    }
}
