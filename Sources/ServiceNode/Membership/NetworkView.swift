import SessionProtocol
import Swarms
import Synchronization

/// The network after one block, as the ledger's table tells it and without regard to who reads it: who is in which
/// swarm, and where everybody is. Never changes once made, so that every node of a process may hold the same one.
final class NetworkView: Sendable {
    let height: UInt64
    let blockHash: String
    /// Hard fork and revision, compared lexicographically (storage-node §14).
    let hardfork: Hardfork
    /// Listed nodes whose address is known.
    let reachableNodes: Int
    /// Members of each swarm in ascending legacy-key order.
    let swarms: [SwarmID: [NodeRecord]]
    /// The body of the question whether there is a newer table than this one.
    let nextPoll: Bytes
    /// Every funded node, as tests go through them.
    let testable: TestableNodes
    private let map: SwarmMap
    private let byLegacy: [LegacyPublicKey: NodeRecord]
    private let byEd25519: [Ed25519PublicKey: NodeRecord]
    private let activeKeys: Set<X25519PublicKey>
    /// `get_swarm` objects, made when first asked for: most swarms of a large network are never asked about at one
    /// node.
    private let swarmReplies = Mutex<[SwarmID: [String: ReplyValue]]>([:])

    init(_ table: NodeTable) {
        height = table.height
        blockHash = table.blockHash
        hardfork = table.hardfork
        nextPoll = NodeTable.request(knownBlock: table.blockHash).utf8
        var swarms: [SwarmID: [NodeRecord]] = [:]
        var byLegacy: [LegacyPublicKey: NodeRecord] = Dictionary(minimumCapacity: table.nodes.count)
        var byEd25519: [Ed25519PublicKey: NodeRecord] = Dictionary(minimumCapacity: table.nodes.count)
        var activeKeys: Set<X25519PublicKey> = Set(minimumCapacity: table.nodes.count)
        for node in table.nodes {
            byLegacy[node.legacy] = node
            byEd25519[node.ed25519] = node
            guard node.swarm != .unassigned else { continue }
            swarms[node.swarm, default: []].append(node)
            activeKeys.insert(node.x25519)
        }
        self.swarms = swarms.mapValues { $0.sorted { $0.legacy < $1.legacy } }
        self.byLegacy = byLegacy
        self.byEd25519 = byEd25519
        self.activeKeys = activeKeys
        reachableNodes = table.nodes.count { $0.address != .unknown }
        testable = TestableNodes(table.nodes)
        map = SwarmMap(swarms.keys)
    }

    /// The swarm that stores an account's messages; `nil` when there are no swarms.
    func swarm(for account: AccountID) -> SwarmID? { map.swarm(for: account) }

    /// A funded node, decommissioned ones included.
    func node(_ key: LegacyPublicKey) -> NodeRecord? { byLegacy[key] }

    /// A funded node, decommissioned ones included.
    func node(_ key: Ed25519PublicKey) -> NodeRecord? { byEd25519[key] }

    /// Whether a key belongs to a funded node that is not decommissioned.
    func isActive(_ key: X25519PublicKey) -> Bool { activeKeys.contains(key) }

    /// The `get_swarm` object for an account (storage-node §1.1).
    func swarmReply(for account: AccountID) -> [String: ReplyValue] {
        let owner = swarm(for: account) ?? .unassigned
        return swarmReplies.withLock { replies in
            if let reply = replies[owner] { return reply }
            let reply: [String: ReplyValue] = [
                "snodes": .list(swarms[owner]?.map(\.clientRecord) ?? []), "swarm": .text(owner.hex),
            ]
            replies[owner] = reply
            return reply
        }
    }
}
