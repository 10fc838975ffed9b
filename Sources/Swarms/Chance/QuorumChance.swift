import SessionProtocol

/// The chance that picks the members of quorums: the same for every node, from a block's hash (ledger §3.1).
public enum QuorumChance {
    /// What a quorum is for; each kind draws from a stream of its own.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case obligations = 0
        case checkpointing = 1
        case blink = 2
        case pulse = 3
    }

    /// The generator of one block's quorum of one kind.
    ///
    /// - Parameters:
    ///   - hash: of the block, 32 bytes; bytes a shorter one lacks count as zero.
    ///   - hardfork16: whether hard fork 16 or a later one holds: its generator is seeded with the whole hash, the older
    ///     one with the first 8 bytes plus the kind's number.
    public static func generator(
        hash: some Sequence<UInt8>, type: Kind, hardfork16: Bool = true
    ) -> MersenneTwister {
        guard hardfork16 else {
            let seed = hash.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return MersenneTwister(seed: seed &+ UInt64(type.rawValue))
        }
        var words = [UInt32](repeating: 0, count: 8)
        for (place, byte) in hash.prefix(32).enumerated() { words[place / 4] |= UInt32(byte) << (8 * (place % 4)) }
        return MersenneTwister(SeedSequence([UInt32(type.rawValue)] + words))
    }

    /// The places of a list of nodes in the order in which a quorum takes them: validators first, then workers.
    ///
    /// With fewer validators than nodes, the first `validators` places come from the active nodes only, and everything
    /// from place `validators` on is then shuffled once more, inactive nodes included, with the same stream from its
    /// start. Otherwise the whole list is shuffled.
    ///
    /// - Parameters:
    ///   - count: of all nodes: the active ones first, then the decommissioned ones, each part by ascending key.
    ///   - validators: how many come first from the active part; 0 for a quorum of validators only.
    ///   - activeCount: how many of the nodes are active, 0 to `count`.
    ///   - hardfork16: see ``generator(hash:type:hardfork16:)``.
    ///   - hash: of the block.
    /// - Returns: every number of `0..<count` once.
    public static func indices(
        count: Int, validators: Int = 0, activeCount: Int = 0, hardfork16: Bool = true,
        hash: some Sequence<UInt8>, type: Kind
    ) -> [Int] {
        var chance = generator(hash: hash, type: type, hardfork16: hardfork16)
        var places = Array(0..<count)
        if 0 < validators, validators < count, 0 < activeCount, activeCount < count {
            var again = chance
            chance.shuffle(&places[..<activeCount])
            again.shuffle(&places[validators...])
        } else {
            chance.shuffle(&places)
        }
        return places
    }
}
