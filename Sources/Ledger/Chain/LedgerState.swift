import SessionProtocol
import Swarms

/// Who owns what and which nodes there are, after some block.
///
/// Every change is kept until ``takeJournal(since:)``, so that a block can be taken back.
public struct LedgerState: Sendable, Equatable {
    /// Coins free to spend. A wallet that once held any stays listed.
    public internal(set) var balances: JournaledTable<WalletAddress, Amount>
    /// Every node, whatever its state.
    public internal(set) var nodes = ServiceNodeList()
    /// Every output that was ever staked.
    public internal(set) var keyImages = JournaledTable<Bytes, KeyImage.Status>()
    /// Transactions in blocks, with their block's height.
    var included = JournaledTable<Bytes, UInt64>()
    /// What changes at once or not at all in most blocks.
    var figures = Figures()

    /// Rewards that wait for their pay-out.
    var batch: RewardBatch
    /// What a block credits, while nothing changes that.
    var credits = CreditsInForce()

    /// Parts that are kept whole when they change.
    struct Figures: Sendable, Equatable {
        /// By the height at which they become free, ascending.
        var blacklist: [BlacklistEntry] = []
        var minted = Amount.zero
        var burnt = Amount.zero
        var names = NameRegistry()
        /// The smallest height any node asked to leave at; `nil` when none did.
        var earliestUnlock: UInt64?
    }

    init(balances: [WalletAddress: Amount] = [:], rewards: RewardRules = .leader) {
        self.balances = JournaledTable(balances)
        if case .batched(let interval, let minimum) = rewards {
            batch = RewardBatch(interval: interval, minimum: minimum)
        } else {
            batch = RewardBatch()
        }
    }

    /// Every entry, by legacy key ascending. Made anew by each call.
    public var entries: [ServiceNodeEntry] { nodes.entries }
    /// Stakes of deregistered nodes, by the height at which they become free.
    public var blacklist: [BlacklistEntry] { figures.blacklist }
    /// Names and who they stand for.
    public var names: NameRegistry { figures.names }
    /// What wallets are owed from batches, in thousandths of an atomic unit.
    public var accrued: [WalletAddress: UInt64] { batch.balances }
    /// Active nodes by swarm; nodes waiting for one are left out.
    public var swarms: SwarmAssignment<LegacyPublicKey> { nodes.swarms }

    /// Coins in wallets; counted anew by each call, as are the other totals.
    public var totalBalance: Amount { balances.values.reduce(.zero, +) }
    /// Coins locked for nodes on the list.
    public var totalStaked: Amount { nodes.values.reduce(.zero) { $0 + $1.totalLocked } }
    /// Coins of deregistered nodes.
    public var totalBlacklisted: Amount { figures.blacklist.reduce(.zero) { $0 + $1.amount } }
}

extension LedgerState: CustomStringConvertible {
    /// In short: all of it would fill pages.
    public var description: String {
        "\(nodes.count) nodes; \(totalBalance) coins free, \(totalStaked) staked, \(totalBlacklisted) locked, "
            + "\(figures.minted) minted, \(figures.burnt) burnt"
    }
}

/// A stake of a deregistered node (ledger §1.6).
public struct BlacklistEntry: Sendable, Equatable {
    public let keyImage: Bytes
    /// The block of this height sets it free.
    public let unlockHeight: UInt64
    public let amount: Amount
    public let node: LegacyPublicKey
    /// Who gets it back.
    public let owner: WalletAddress
}

/// What a block changed, as it was before.
struct BlockJournal: Sendable {
    var balances: JournaledTable<WalletAddress, Amount>.Changes = [:]
    var nodes: ServiceNodeList.Changes = [:]
    var keyImages: JournaledTable<Bytes, KeyImage.Status>.Changes = [:]
    var included: JournaledTable<Bytes, UInt64>.Changes = [:]
    var figures = LedgerState.Figures()
    /// What the block added to batches, and paid from them.
    var credits: BatchCredits?
    var payouts: [(WalletAddress, Amount)] = []
}

extension LedgerState {
    /// - Parameter figures: from the start of the block.
    mutating func takeJournal(since figures: Figures) -> BlockJournal {
        BlockJournal(
            balances: balances.takeChanges(), nodes: nodes.takeChanges(), keyImages: keyImages.takeChanges(),
            included: included.takeChanges(), figures: figures)
    }

    /// Takes the last block back.
    mutating func undo(_ journal: BlockJournal) {
        balances.undo(journal.balances)
        nodes.undo(journal.nodes)
        keyImages.undo(journal.keyImages)
        included.undo(journal.included)
        figures = journal.figures
        batch.restore(journal.payouts)
        if let credits = journal.credits { batch.retract(credits) }
        self.credits = CreditsInForce()
    }
}
