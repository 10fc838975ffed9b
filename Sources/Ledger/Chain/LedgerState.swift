import SessionCrypto
import SessionProtocol
import Swarms

/// Who owns what and which nodes there are, after some block.
public struct LedgerState: Sendable, Equatable {
    /// Coins free to spend.
    public internal(set) var balances: [WalletAddress: Amount]
    public internal(set) var nodes: [LegacyPublicKey: ServiceNodeEntry] = [:]
    var includedTransactions: Set<Bytes> = []

    init(balances: [WalletAddress: Amount]) { self.balances = balances }

    /// Every entry, by legacy key ascending.
    public var entries: [ServiceNodeEntry] { nodes.values.sorted { $0.node < $1.node } }
    public var totalBalance: Amount { balances.values.reduce(.zero, +) }
    public var totalLocked: Amount { nodes.values.reduce(.zero) { $0 + $1.totalLocked } }

    /// Active nodes by swarm; nodes waiting for one are left out.
    public var swarms: SwarmAssignment<LegacyPublicKey> { Self.swarms(of: entries) }

    /// - Parameter entries: by legacy key ascending.
    static func swarms(of entries: [ServiceNodeEntry]) -> SwarmAssignment<LegacyPublicKey> {
        var swarms: [SwarmID: [LegacyPublicKey]] = [:]
        for entry in entries where entry.isActive && entry.swarm != .unassigned {
            swarms[entry.swarm, default: []].append(entry.node)
        }
        return SwarmAssignment(swarms)
    }

    /// Enters a node and moves its operator's stake from balance to lock (ledger §1.3, §1.5).
    ///
    /// - Parameters:
    ///   - transaction: already checked with ``RegistrationTransaction/validate(_:)``.
    ///   - index: of the transaction in its block.
    mutating func apply(
        _ transaction: RegistrationTransaction, height: UInt64, index: Int, economics: LedgerEconomics
    ) throws(RegistrationRefusal) {
        let id = transaction.id
        let refuse = { RegistrationRefusal(node: transaction.node, reason: $0) }
        guard nodes[transaction.node] == nil else { throw refuse(.alreadyRegistered) }
        guard !includedTransactions.contains(id) else { throw refuse(.alreadyIncluded(transaction: id)) }
        guard let balance = balances[transaction.funder] else { throw refuse(.unknownWallet(transaction.funder)) }
        guard balance >= transaction.stake else {
            throw refuse(.insufficientBalance(balance: balance, stake: transaction.stake))
        }
        let entry = Self.entry(for: transaction, id: id, height: height, index: index, economics: economics)
        includedTransactions.insert(id)
        balances[transaction.funder] = balance - transaction.stake
        nodes[transaction.node] = entry
    }

    private static func entry(
        for transaction: RegistrationTransaction, id: Bytes, height: UInt64, index: Int, economics: LedgerEconomics
    ) -> ServiceNodeEntry {
        let requirement = economics.stakingRequirement
        var contributors = transaction.spots.map {
            ServiceNodeEntry.Contributor(address: $0.address, reserved: $0.amount, amount: .zero, stakes: [])
        }
        // The whole output is locked, even where only a part of it counts.
        contributors[0].amount = min(transaction.stake, transaction.operatorRoom(requirement: requirement))
        contributors[0].stakes = [
            ServiceNodeEntry.Stake(
                amount: transaction.stake, keyImage: Digest.blake2b(id, key: Bytes("key image".utf8)),
                outputKey: Digest.blake2b(id, key: Bytes("output key".utf8)))
        ]
        var entry = ServiceNodeEntry(
            node: transaction.node, registrationHeight: height, registrationHardfork: transaction.hardfork,
            stakingRequirement: requirement, feeBasisPoints: transaction.feeBasisPoints, contributors: contributors,
            activeSince: nil, creditBase: economics.initialCreditBlocks, lastRewardHeight: height,
            lastRewardTransactionIndex: UInt32(index), swarm: .unassigned)
        if entry.isFunded { entry.activeSince = height }
        return entry
    }

    /// Works out the swarms of all active nodes anew; newcomers join in legacy-key order (ledger §5.3).
    mutating func assignSwarms(blockHash: BlockHash) {
        let entries = entries
        let waiting = entries.filter { $0.isActive && $0.swarm == .unassigned }.map(\.node)
        let outcome = WhitepaperPolicy.update(Self.swarms(of: entries), joiners: waiting, blockHash: blockHash.bytes)
        for (node, swarm) in outcome.assignment.swarmByNode { nodes[node]?.swarm = swarm }
    }
}
