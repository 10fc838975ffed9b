import SessionProtocol

/// A ledger at one moment.
public struct LedgerStatus: Sendable, Equatable {
    public struct Node: Sendable, Equatable {
        public let node: LegacyPublicKey
        public let registrationHeight: UInt64
        public let isFunded: Bool
        public let isActive: Bool
        /// ``SwarmID/unassigned`` while it has none.
        public let swarm: SwarmID
        /// The last one; `nil` before the first.
        public let proof: AcceptedProof?
    }

    /// Of the top block.
    public let height: UInt64
    public let topHash: BlockHash
    /// Registered nodes, by legacy key ascending.
    public let nodes: [Node]
    /// Members by legacy key ascending.
    public let swarms: [SwarmID: [LegacyPublicKey]]
}
