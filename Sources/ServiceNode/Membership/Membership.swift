import SessionProtocol
import Swarms

/// The network as one node knows it after one block: a ``NetworkView``, and the node's own place in it. Never changes
/// once made.
final class Membership: Sendable {
    /// This node's standing on the ledger (storage-node §10.3).
    enum Standing: Sendable, Equatable {
        case active(SwarmID)
        case decommissioned
        case unstaked
    }

    let view: NetworkView
    let standing: Standing
    /// The other members of this node's swarm, in ascending legacy-key order.
    let peers: [NodeRecord]
    /// Why the node does not serve clients; `nil` when it does (storage-node §2.1).
    let reasonNotReady: String?
    private let own: LegacyPublicKey

    init(_ view: NetworkView, own: LegacyPublicKey) {
        self.view = view
        self.own = own
        var reasons: [String] = []
        if view.hardfork < .required { reasons.append("not yet on hardfork 19.3") }
        switch view.node(own)?.swarm {
        case nil:
            standing = .unstaked
            peers = []
        case .unassigned?:
            standing = .decommissioned
            peers = []
        case .some(let swarm):
            standing = .active(swarm)
            peers = view.swarms[swarm, default: []].filter { $0.legacy != own }
        }
        if case .active = standing {} else { reasons.append("not in any swarm") }
        reasonNotReady = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    var height: UInt64 { view.height }
    var blockHash: String { view.blockHash }
    var hardfork: Hardfork { view.hardfork }
    var reachableNodes: Int { view.reachableNodes }
    var swarms: [SwarmID: [NodeRecord]] { view.swarms }

    /// The swarm that stores an account's messages; `nil` when there are no swarms.
    func swarm(for account: AccountID) -> SwarmID? { view.swarm(for: account) }

    /// A funded node, decommissioned ones included.
    func node(_ key: Ed25519PublicKey) -> NodeRecord? { view.node(key) }

    /// Whether a key belongs to a funded node that is not decommissioned.
    func isActive(_ key: X25519PublicKey) -> Bool { view.isActive(key) }

    var layout: SwarmLayout { SwarmLayout(ring: view.ring, own: ownSwarm) }

    /// Another member of this node's swarm.
    func peer(_ key: X25519PublicKey) -> NodeRecord? { peers.first { $0.x25519 == key } }

    /// The peers that come after this node in the order of their keys.
    var peersAfterOwn: [NodeRecord] { peers.filter { own < $0.legacy } }

    var ownSwarm: SwarmID? { if case .active(let swarm) = standing { swarm } else { nil } }

    /// Whether this node stores an account's messages.
    func isResponsible(for account: AccountID) -> Bool {
        guard let ownSwarm else { return false }
        return swarm(for: account) == ownSwarm
    }
}

/// What decides which records a node holds. As long as it stays the same, no record has to move.
struct SwarmLayout: Sendable, Equatable {
    let ring: SwarmMap
    /// `nil` for a node in no swarm.
    let own: SwarmID?

    /// Whether the node stores an account's messages.
    func isResponsible(for account: AccountID) -> Bool { own != nil && ring.swarm(for: account) == own }
}

extension Hardfork {
    var reply: ReplyValue { [.integer(Int64(major)), .integer(Int64(revision))] }
}
