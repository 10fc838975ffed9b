import SessionProtocol
import Swarms

/// What one block did to one swarm.
public struct SwarmChange: Sendable, Equatable {
    /// Of the block.
    public let height: UInt64
    public let swarm: SwarmID
    /// Ascending; a node that moved between swarms joined one and left another.
    public let joined: [LegacyPublicKey]
    /// Ascending.
    public let left: [LegacyPublicKey]
    /// Members after the block; 0: the swarm is gone.
    public let size: Int

    /// A ledger forgets older changes.
    public static let mostRemembered = 4_096

    /// Whether the block made the swarm.
    public var isNew: Bool { size == joined.count }

    /// - Parameter block: recent enough for the chain to know who was registered before it.
    /// - Returns: by swarm ascending.
    static func made(by block: Block, of chain: LedgerChain) -> [SwarmChange] {
        guard block.height > 0, let old = chain.entries(at: block.height - 1), let new = chain.entries(at: block.height)
        else { return [] }
        let (before, after) = (members(of: old), members(of: new))
        return Set(before.keys).union(after.keys).sorted().compactMap { swarm in
            let (old, new) = (before[swarm] ?? [], after[swarm] ?? [])
            guard old != new else { return nil }
            return SwarmChange(
                height: block.height, swarm: swarm, joined: new.subtracting(old).sorted(),
                left: old.subtracting(new).sorted(), size: new.count)
        }
    }

    /// What a chain that was read from its archive still knows.
    static func remembered(by chain: LedgerChain) -> [SwarmChange] {
        let changes = chain.blocks.suffix(LedgerConstants.rememberedBlocks).flatMap { block in
            block.events.contains(.swarmsAssigned) ? made(by: block, of: chain) : []
        }
        return Array(changes.suffix(mostRemembered))
    }

    private static func members(of entries: [ServiceNodeEntry]) -> [SwarmID: Set<LegacyPublicKey>] {
        var swarms: [SwarmID: Set<LegacyPublicKey>] = [:]
        for entry in entries where entry.isActive && entry.swarm != .unassigned {
            swarms[entry.swarm, default: []].insert(entry.node)
        }
        return swarms
    }
}
