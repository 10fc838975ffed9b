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
    /// Which swarm answers for whom.
    let ring: SwarmMap
    private let byLegacy: [LegacyPublicKey: NodeRecord]
    private let byEd25519: [Ed25519PublicKey: NodeRecord]
    private let activeKeys: Set<X25519PublicKey>
    private let decommissionedKeys: Set<X25519PublicKey>
    /// `get_swarm` objects, made when first asked for: most swarms of a large network are never asked about at one
    /// node.
    private let swarmReplies = Mutex<[SwarmID: [String: ReplyValue]]>([:])
    /// Nodes without an address: no proof of them has reached the ledger, or it forgot.
    private let unaddressed: [LegacyPublicKey]
    /// The last few successions asked for.
    private let successions = Mutex<[Succession]>([])

    convenience init(_ table: NodeTable) {
        self.init(height: table.height, blockHash: table.blockHash, hardfork: table.hardfork, nodes: table.nodes)
    }

    private init(height: UInt64, blockHash: String, hardfork: Hardfork, nodes: [NodeRecord]) {
        self.height = height
        self.blockHash = blockHash
        self.hardfork = hardfork
        nextPoll = NodeTable.request(knownBlock: blockHash).utf8
        var swarms: [SwarmID: [NodeRecord]] = [:]
        var byLegacy: [LegacyPublicKey: NodeRecord] = Dictionary(minimumCapacity: nodes.count)
        var byEd25519: [Ed25519PublicKey: NodeRecord] = Dictionary(minimumCapacity: nodes.count)
        var decommissionedKeys: Set<X25519PublicKey> = []
        var activeKeys: Set<X25519PublicKey> = Set(minimumCapacity: nodes.count)
        for node in nodes {
            byLegacy[node.legacy] = node
            byEd25519[node.ed25519] = node
            guard node.swarm != .unassigned else {
                decommissionedKeys.insert(node.x25519)
                continue
            }
            swarms[node.swarm, default: []].append(node)
            activeKeys.insert(node.x25519)
        }
        self.swarms = swarms.mapValues { $0.sorted { $0.legacy < $1.legacy } }
        self.byLegacy = byLegacy
        self.byEd25519 = byEd25519
        self.activeKeys = activeKeys
        self.decommissionedKeys = decommissionedKeys
        reachableNodes = nodes.count { $0.address != .unknown }
        unaddressed = nodes.filter(\.isUnaddressed).map(\.legacy)
        testable = TestableNodes(nodes)
        ring = SwarmMap(swarms.keys)
    }

    /// The swarm that stores an account's messages; `nil` when there are no swarms.
    func swarm(for account: AccountID) -> SwarmID? { ring.swarm(for: account) }

    /// A funded node, decommissioned ones included.
    func node(_ key: LegacyPublicKey) -> NodeRecord? { byLegacy[key] }

    /// A funded node, decommissioned ones included.
    func node(_ key: Ed25519PublicKey) -> NodeRecord? { byEd25519[key] }

    /// Whether a key belongs to a funded node that is not decommissioned.
    func isActive(_ key: X25519PublicKey) -> Bool { activeKeys.contains(key) }

    /// Whether a key belongs to a funded node that is decommissioned.
    func isDecommissioned(_ key: X25519PublicKey) -> Bool { decommissionedKeys.contains(key) }

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

/// One view coming after another.
extension NetworkView {
    /// What follows from it; never changes once made.
    private struct Succession {
        weak var previous: NetworkView?
        /// `nil` where the later view stands as it is: it must not hold itself.
        let corrected: NetworkView?
        let departed: [X25519PublicKey]
    }

    private static let rememberedSuccessions = 4

    /// What a node that knew `previous` makes of this view. Worked out once for all nodes of a process that share both.
    ///
    /// - Returns: this view, where a node that lost its address keeps the old one (storage-node §8.2), and the keys of
    ///   nodes that were active and are not any more, in no order.
    func succeeding(_ previous: NetworkView?) -> (view: NetworkView, departed: [X25519PublicKey]) {
        guard let previous else { return (self, []) }
        let succession = successions.withLock { known in
            if let succession = known.first(where: { $0.previous === previous }) { return succession }
            let succession = Succession(
                previous: previous, corrected: keepingAddresses(of: previous),
                departed: previous.activeKeys.filter { !activeKeys.contains($0) })
            if known.count == Self.rememberedSuccessions { known.removeFirst() }
            known.append(succession)
            return succession
        }
        return (succession.corrected ?? self, succession.departed)
    }

    /// - Returns: `nil` when no node has lost an address.
    private func keepingAddresses(of previous: NetworkView) -> NetworkView? {
        var nodes = byLegacy
        var isChanged = false
        for key in unaddressed {
            guard let old = previous.byLegacy[key], old.isComplete else { continue }
            nodes[key]?.address = old.address
            nodes[key]?.httpsPort = old.httpsPort
            nodes[key]?.omqPort = old.omqPort
            isChanged = true
        }
        guard isChanged else { return nil }
        return NetworkView(
            height: height, blockHash: blockHash, hardfork: hardfork,
            nodes: nodes.values.sorted { $0.legacy < $1.legacy })
    }
}
