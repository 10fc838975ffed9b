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
        /// The down-time that would be forgiven now, in blocks; may be negative (ledger §2.5).
        public let credit: Int64
        /// How many of the newest blocks are kept from it.
        public let lag: UInt64
        /// All that the chain knows of it.
        public let entry: ServiceNodeEntry
    }

    /// Of the top block.
    public let height: UInt64
    public let topHash: BlockHash
    /// Of the top block, in seconds since the Unix epoch.
    public let topTimestamp: Int64
    /// The ledger's own time, in seconds since the Unix epoch: ahead of the clock where the chain was moved on.
    public let time: Int64
    /// Registered nodes, by legacy key ascending.
    public let nodes: [Node]
    /// Members by legacy key ascending.
    public let swarms: [SwarmID: [LegacyPublicKey]]
    public let totals: LedgerTotals
    /// Transactions that wait for the next block.
    public let pending: Int
    /// Why no more blocks are made; `nil` while all is well.
    public let failure: String?
}
