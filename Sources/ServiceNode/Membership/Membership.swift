import SessionProtocol
import Swarms

/// The network as one node knows it after one block: who is in which swarm, and where everybody is. Never changes once made.
struct Membership: Sendable {
    /// This node's standing on the ledger (storage-node §10.3).
    enum Standing: Sendable, Equatable {
        case active(SwarmID)
        case decommissioned
        case unstaked
    }

    let height: UInt64
    let blockHash: String
    /// Hard fork and revision, compared lexicographically (storage-node §14).
    let hardfork: Hardfork
    let standing: Standing
    /// Listed nodes whose address is known.
    let reachableNodes: Int
    /// Members of each swarm in ascending legacy-key order.
    let swarms: [SwarmID: [NodeRecord]]
    private let map: SwarmMap
    private let byEd25519: [Ed25519PublicKey: NodeRecord]
    private let activeKeys: Set<X25519PublicKey>

    init(table: NodeTable, own: LegacyPublicKey) {
        height = table.height
        blockHash = table.blockHash
        hardfork = table.hardfork
        var swarms: [SwarmID: [NodeRecord]] = [:]
        var byEd25519: [Ed25519PublicKey: NodeRecord] = [:]
        var activeKeys: Set<X25519PublicKey> = []
        var standing = Standing.unstaked
        for node in table.nodes {
            byEd25519[node.ed25519] = node
            if node.legacy == own {
                standing = node.swarm == .unassigned ? .decommissioned : .active(node.swarm)
            }
            guard node.swarm != .unassigned else { continue }
            swarms[node.swarm, default: []].append(node)
            activeKeys.insert(node.x25519)
        }
        self.swarms = swarms.mapValues { $0.sorted { $0.legacy < $1.legacy } }
        self.byEd25519 = byEd25519
        self.activeKeys = activeKeys
        self.standing = standing
        reachableNodes = table.nodes.count { $0.address != .unknown }
        map = SwarmMap(swarms.keys)
    }

    /// The swarm that stores an account's messages; `nil` when there are no swarms.
    func swarm(for account: AccountID) -> SwarmID? { map.swarm(for: account) }

    /// A funded node, decommissioned ones included.
    func node(_ key: Ed25519PublicKey) -> NodeRecord? { byEd25519[key] }

    /// Whether a key belongs to a funded node that is not decommissioned.
    func isActive(_ key: X25519PublicKey) -> Bool { activeKeys.contains(key) }

    var ownSwarm: SwarmID? { if case .active(let swarm) = standing { swarm } else { nil } }

    /// The other members of this node's swarm, in ascending legacy-key order.
    func peers(of own: LegacyPublicKey) -> [NodeRecord] {
        guard let ownSwarm else { return [] }
        return swarms[ownSwarm, default: []].filter { $0.legacy != own }
    }

    /// Whether this node stores an account's messages.
    func isResponsible(for account: AccountID) -> Bool {
        guard let ownSwarm else { return false }
        return swarm(for: account) == ownSwarm
    }

    /// The `get_swarm` object for an account (storage-node §1.1).
    func swarmReply(for account: AccountID) -> [String: ReplyValue] {
        let owner = swarm(for: account)
        return [
            "snodes": .list(owner.flatMap { swarms[$0] }?.map(\.clientRecord) ?? []),
            "swarm": .text((owner ?? .unassigned).hex),
        ]
    }
}

/// Protocol rules in force, as the ledger reports them.
struct Hardfork: Sendable, Comparable {
    let major: Int
    let revision: Int

    /// What a node needs before it serves clients (storage-node §14).
    static let required = Hardfork(major: 19, revision: 3)

    static func < (left: Self, right: Self) -> Bool { (left.major, left.revision) < (right.major, right.revision) }

    var reply: ReplyValue { [.integer(Int64(major)), .integer(Int64(revision))] }
}
