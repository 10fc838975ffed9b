import SessionProtocol

/// What a new table makes a node do for its records (storage-node §8.2), beyond the reference: whatever moves is moved
/// by whoever holds it, and nothing is left where it is not answered for.
struct TransferPlan: Sendable, Equatable {
    /// Peers that get all records of this swarm.
    var newcomers: [X25519PublicKey] = []
    /// Whether to find out in what this node and its peers differ: it may lack records, and they some of its own.
    var comparesWithPeers = false
    /// Whether to wait a little with that, because others push by themselves.
    var othersPush = false
    /// Peers to compare with because another one is a peer no more. Whatever it owed them it may have taken along, if it
    /// died; each two of those it leaves behind compare once.
    var leftBehind: [X25519PublicKey] = []
    /// Whether to look for records that map to another swarm.
    var sorts = false
}

extension TransferPlan {
    /// Before the hard fork that nodes need nothing moves (storage-node §14). The first table of that fork is looked at
    /// as one after a start: whatever went by unnoticed is found by comparing.
    ///
    /// - Parameters:
    ///   - previous: `nil` for the first table after a start.
    ///   - isHandingOver: whether records are held that mapped elsewhere by the previous table.
    ///   - isFounding: whether the network began with this node, and it comes into its first swarm. Whoever is there has
    ///     what was stored meanwhile, and pushes it: to a newcomer, or to a peer that missed copies.
    init(from previous: Membership?, to next: Membership, isHandingOver: Bool, isFounding: Bool = false) {
        guard next.hardfork >= .required else { return }
        guard let previous, previous.hardfork >= .required else {
            comparesWithPeers = !isFounding
            sorts = true
            return
        }
        let isMoved = next.layout != previous.layout
        sorts = isMoved
        guard let swarm = next.ownSwarm else { return }
        let known = Set(previous.peers.map(\.x25519))
        newcomers = next.peers.map(\.x25519).filter { !known.contains($0) }
        let hasEntered = previous.ownSwarm != swarm
        let present = Set(next.peers.map(\.x25519))
        if !hasEntered, !known.isSubset(of: present) {
            leftBehind = next.peersAfterOwn.map(\.x25519).filter { known.contains($0) }
        }
        // Records on their way elsewhere that map here again: the peers know nothing of them.
        comparesWithPeers = hasEntered && !isFounding || isMoved && isHandingOver
        othersPush = hasEntered || !leftBehind.isEmpty
    }
}
