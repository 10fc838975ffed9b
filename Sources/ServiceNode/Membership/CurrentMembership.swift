import SessionProtocol
import Synchronization

/// The newest ``Membership``, shared by everything in one node. Readers get a whole table, never half of two.
final class CurrentMembership: Sendable {
    private let value = Mutex<Membership?>(nil)

    /// `nil` until the ledger answered for the first time.
    var current: Membership? { value.withLock { $0 } }

    func replace(with membership: Membership) { value.withLock { $0 = membership } }

    /// Why the node does not serve clients yet; `nil` when it does (storage-node §2.1).
    var reasonNotReady: String? {
        guard let membership = current else { return "not in any swarm; not done syncing" }
        return membership.reasonNotReady
    }
}
