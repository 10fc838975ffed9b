import SessionProtocol
import Swarms

/// The staking ledger: blocks and the state they add up to. Pure: the same calls give the same chain.
public struct LedgerChain: Sendable {
    public let genesis: Genesis
    /// By height; never empty.
    public private(set) var blocks: [Block]
    /// After the top block.
    public private(set) var state: LedgerState
    /// Coins in wallets at genesis.
    private let initial: Amount
    /// How to take back the last blocks.
    private var journals = BlockJournals()
    /// The next block as far as it is known; `nil` while nothing waits for it.
    private var waiting: BlockInMaking?

    /// Traps when the rules ask for nothing or for more than 10⁹ coins a node, or when the balances add up to more than
    /// 64 bits of atomic units.
    public init(genesis: Genesis) {
        precondition(genesis.rules.arePlayable, "no ledger can play by these rules: \(genesis.rules)")
        self.genesis = genesis
        state = LedgerState(balances: genesis.balances, rewards: genesis.rules.rewards)
        initial = state.totalBalance
        blocks = [genesis.block]
    }

    /// The newest block.
    public var top: Block { blocks[blocks.count - 1] }
    /// Number of blocks, one more than the top block's height.
    public var height: UInt64 { UInt64(blocks.count) }
    /// Every entry after the top block, by legacy key ascending. Made anew by each call.
    public var entries: [ServiceNodeEntry] { state.nodes.entries }
    /// Active nodes by swarm after the top block; nodes waiting for one are left out.
    public var swarms: SwarmAssignment<LegacyPublicKey> { state.nodes.swarms }
    /// Accepted, and waiting for the next block.
    public var pending: [LedgerTransaction] { waiting?.transactions ?? [] }
    /// Whom the next block rewards: the head of the queue; `nil` while no node is active.
    public var leader: ServiceNodeEntry? { state.nodes.leader }
    /// Where all coins are after the top block.
    public var totals: LedgerTotals { totals(of: state) }

    /// Puts transactions in line for the next block; either all of them or none.
    ///
    /// - Parameter timestamp: the time now, in seconds since the Unix epoch, for what expires; the top block's by
    ///   default.
    /// - Throws: the refusal of the first that cannot count.
    public mutating func submit(
        _ transactions: [LedgerTransaction], timestamp: Int64? = nil
    ) throws(TransactionRefusal) {
        let time = max(timestamp ?? top.timestamp, top.timestamp)
        let changes = transactions.filter { $0.kind == .stateChange }
        var next = changes.isEmpty ? waiting ?? begin() : try beginning(with: changes, timestamp: time)
        for transaction in transactions where transaction.kind != .stateChange {
            try add(transaction, to: &next, timestamp: time)
        }
        if !transactions.isEmpty { waiting = next }
    }

    /// Makes the next block out of everything pending (ledger §3.8).
    /// - Parameter timestamp: seconds since the Unix epoch.
    @discardableResult
    public mutating func produceBlock(timestamp: Int64) -> Block {
        let time = max(timestamp, top.timestamp)
        guard var next = waiting else {
            var empty = beginInPlace()
            return finish(&empty, timestamp: time, salt: 0)
        }
        waiting = nil
        if next.transactions.contains(where: { $0.expires(before: time) }) {
            next = made(of: next.transactions, timestamp: time).block
        }
        return finish(&next, timestamp: time, salt: 0)
    }

    /// As ``produceBlock(timestamp:)``, but a block that cannot be kept was never made: what was in it waits again.
    /// - Throws: what `keep` throws.
    @discardableResult
    mutating func produceBlock<Failure: Error>(
        timestamp: Int64, keeping keep: (Block) throws(Failure) -> Void
    ) throws(Failure) -> Block {
        let before = waiting
        let block = produceBlock(timestamp: timestamp)
        do throws(Failure) {
            try keep(block)
        } catch {
            pop()
            waiting = before
            throw error
        }
        return block
    }

    /// Takes transactions out of the line for the next block.
    mutating func withdraw(_ withdrawn: [LedgerTransaction]) {
        let ids = Set(withdrawn.map(\.id))
        let others = pending.filter { !ids.contains($0.id) }
        guard others.count < pending.count else { return }
        waiting = others.isEmpty ? nil : made(of: others, timestamp: top.timestamp).block
    }

    /// The list of nodes after the block of a height; `nil` when there is no such block or it lies too deep
    /// (``LedgerConstants/rememberedBlocks``).
    public func nodes(at height: UInt64) -> ServiceNodeList? {
        guard isRemembered(height) else { return nil }
        var nodes = state.nodes
        for later in stride(from: top.height, to: height, by: -1) {
            guard let journal = journals[later] else { return nil }
            nodes.undo(journal.nodes)
        }
        return nodes
    }

    /// Every entry after the block of a height, by legacy key ascending; `nil` as for ``nodes(at:)``.
    public func entries(at height: UInt64) -> [ServiceNodeEntry]? { nodes(at: height)?.entries }

    /// Names, locked stakes and sums after the block of a height; `nil` as for ``nodes(at:)``.
    func figures(at height: UInt64) -> LedgerState.Figures? {
        guard isRemembered(height) else { return nil }
        return height == top.height ? state.figures : journals[height + 1]?.figures
    }

    private func isRemembered(_ height: UInt64) -> Bool {
        height < self.height && top.height - height <= UInt64(LedgerConstants.rememberedBlocks)
    }

    /// Where all coins were after the block of a height; `nil` as for ``nodes(at:)``.
    public func totals(at height: UInt64) -> LedgerTotals? {
        guard isRemembered(height) else { return nil }
        var past = state
        for later in stride(from: top.height, to: height, by: -1) {
            guard let journal = journals[later] else { return nil }
            past.undo(journal)
        }
        return totals(of: past)
    }

    // MARK: Making blocks

    private func begin() -> BlockInMaking {
        var copy = state
        return BlockInMaking(taking: &copy, height: height, rules: genesis.rules)
    }

    /// What waits, and more state changes: those come before everything else, however long it waited (ledger §3.4).
    /// What they take the ground from is dropped.
    private func beginning(
        with changes: [LedgerTransaction], timestamp: Int64
    ) throws(TransactionRefusal) -> BlockInMaking {
        var next = begin()
        for transaction in pending.filter({ $0.kind == .stateChange }) + changes {
            try add(transaction, to: &next, timestamp: timestamp)
        }
        for case .dropped(let refusal) in waiting?.events ?? [] { next.note(dropped: refusal) }
        for transaction in pending where transaction.kind != .stateChange {
            do throws(TransactionRefusal) {
                try add(transaction, to: &next, timestamp: timestamp)
            } catch {
                next.note(dropped: error)
            }
        }
        return next
    }

    /// Takes the state along, so that a block which changes little copies nothing.
    private mutating func beginInPlace() -> BlockInMaking {
        BlockInMaking(taking: &state, height: height, rules: genesis.rules)
    }

    private func add(
        _ transaction: LedgerTransaction, to block: inout BlockInMaking, timestamp: Int64
    ) throws(TransactionRefusal) {
        if case .stateChange(let change) = transaction { try authorise(change, at: block.height) }
        try block.apply(transaction, timestamp: timestamp)
    }

    /// The next block with those transactions that hold, and the others.
    private func made(
        of transactions: [LedgerTransaction], timestamp: Int64
    ) -> (block: BlockInMaking, lost: [Reorganisation.Lost]) {
        var next = begin()
        var lost: [Reorganisation.Lost] = []
        for transaction in transactions {
            do throws(TransactionRefusal) {
                try add(transaction, to: &next, timestamp: timestamp)
            } catch {
                next.note(dropped: error)
                lost.append(Reorganisation.Lost(transaction: transaction, refusal: error))
            }
        }
        return (next, lost)
    }

    @discardableResult
    private mutating func finish(_ next: inout BlockInMaking, timestamp: Int64, salt: UInt64) -> Block {
        let hash = BlockHash.of(
            previous: top.hash, height: height, salt: salt, contents: next.transactions.map(\.id),
            networkSeed: genesis.networkSeed)
        let (finished, journal) = next.finish(hash: hash)
        state = finished
        journals[height] = journal
        let made = Block(
            height: height, timestamp: timestamp, previous: top.hash, hash: hash, salt: salt,
            transactions: next.transactions, events: next.events)
        blocks.append(made)
        let totals = totals
        precondition(totals.isBalanced, "block \(made.height) loses or invents coins: \(totals)")
        return made
    }

    private func totals(of state: LedgerState) -> LedgerTotals {
        LedgerTotals(
            initial: initial, minted: state.figures.minted, free: state.totalBalance, staked: state.totalStaked,
            locked: state.totalBlacklisted, burnt: state.figures.burnt)
    }

    /// Takes the top block back.
    private mutating func pop() {
        guard let journal = journals[top.height] else {
            preconditionFailure("block \(top.height) cannot be taken back: its journal is gone")
        }
        state.undo(journal)
        journals[top.height] = nil
        blocks.removeLast()
    }
}

// MARK: Other branches, and the past

extension LedgerChain {
    /// Takes the last blocks back and makes others in their place, and one more, as a network does that finds a longer
    /// branch. Each block keeps its time and those transactions that still hold; what waited is in the last block.
    ///
    /// - Parameters:
    ///   - depth: blocks to take back, 1 to 360, never the genesis block.
    ///   - timestamp: of the block on top; seconds since the Unix epoch.
    @discardableResult
    public mutating func reorganise(
        depth: Int, timestamp: Int64
    ) throws(ReorganisationRefusal) -> Reorganisation {
        let deepest = min(LedgerConstants.rememberedBlocks, blocks.count - 1, journals.reach(below: top.height))
        guard depth >= 1, depth <= deepest else { throw ReorganisationRefusal(depth: depth, deepest: deepest) }
        let waited = pending
        waiting = nil
        let salt = (blocks.lazy.map(\.salt).max() ?? 0) + 1
        let dropped = Array(blocks.suffix(depth))
        for _ in dropped { pop() }
        var outcome = Reorganisation(dropped: dropped, made: [], returned: [], lost: [])
        for (transactions, time) in dropped.map({ ($0.transactions, $0.timestamp) }) + [(waited, timestamp)] {
            let time = max(time, top.timestamp)
            var next = made(of: transactions, timestamp: time)
            outcome.returned += next.block.transactions
            outcome.lost += next.lost
            outcome.made.append(finish(&next.block, timestamp: time, salt: salt))
        }
        return outcome
    }

    /// Makes the chain that records tell of, checking every transaction anew.
    ///
    /// - Parameter records: from height 1 on, without a gap.
    public static func replay(genesis: Genesis, records: [BlockRecord]) throws(ArchiveError) -> LedgerChain {
        var chain = LedgerChain(genesis: genesis)
        for record in records {
            guard record.height == chain.height else {
                throw ArchiveError(height: record.height, reason: .gap(expected: chain.height))
            }
            guard record.timestamp >= chain.top.timestamp else {
                throw ArchiveError(
                    height: record.height,
                    reason: .timeRunsBack(from: chain.top.timestamp, to: record.timestamp))
            }
            guard !record.transactions.isEmpty else {
                var empty = chain.beginInPlace()
                chain.finish(&empty, timestamp: record.timestamp, salt: record.salt)
                continue
            }
            var next = chain.made(of: record.transactions, timestamp: record.timestamp)
            if let lost = next.lost.first {
                throw ArchiveError(height: record.height, reason: .refused(lost.refusal))
            }
            chain.finish(&next.block, timestamp: record.timestamp, salt: record.salt)
        }
        return chain
    }
}

extension LedgerTransaction {
    /// Whether it no longer holds in a block of this time.
    fileprivate func expires(before time: Int64) -> Bool {
        guard case .registration(let registration) = self, case .expires(let expiry) = registration.validity else {
            return false
        }
        return expiry < time
    }
}
