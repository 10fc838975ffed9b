import NodeRuntime
import SessionProtocol

/// What the network's operator asks of the ledger and reads from it.
extension LedgerDaemon {
    /// Puts transactions in line, all of them or none. With ``LedgerConfiguration/BlockTime/auto`` they are in a block
    /// when this returns.
    ///
    /// - Throws: the ``TransactionRefusal`` of the first that cannot count; a ``StorageError`` when blocks cannot be kept
    ///   now. None of the transactions is in line then.
    public func submit(_ transactions: [LedgerTransaction]) throws {
        if configuration.blockTime != .auto || isClosed, let failure { throw failure }
        try chain.submit(transactions, timestamp: timestamp)
        guard configuration.blockTime == .auto, !transactions.isEmpty else { return }
        makeBlock()
        guard let failure else { return }
        chain.withdraw(transactions)
        throw failure
    }

    /// What is true right now.
    public var status: LedgerStatus {
        let rules = chain.genesis.rules
        let view = view(for: nil)
        let nodes = view.entries.map { entry in
            LedgerStatus.Node(
                node: entry.node, registrationHeight: entry.registrationHeight, isFunded: entry.isFunded,
                isActive: entry.isActive, swarm: entry.swarm, proof: proofs.byNode[entry.node],
                credit: entry.credit(at: view.top.height, rules: rules), lag: lags[entry.node] ?? 0, entry: entry)
        }
        var swarms: [SwarmID: [LegacyPublicKey]] = [:]
        for node in nodes where node.isActive && node.swarm != .unassigned {
            swarms[node.swarm, default: []].append(node.node)
        }
        return LedgerStatus(
            height: view.top.height, topHash: view.top.hash, topTimestamp: view.top.timestamp, time: timestamp,
            nodes: nodes, swarms: swarms, totals: chain.totals(at: view.topHeight) ?? chain.totals,
            pending: chain.pending.count,
            failure: failure.map { "\($0)" })
    }

    /// Who tests whom by the hash of the block at a height; `nil` when there is no such block or it is too old.
    public func quorum(at height: UInt64) -> ObligationsQuorum? { chain.obligationsQuorum(at: height) }

    /// Every wallet that ever held coins or a stake, by address.
    public var walletBalances: [WalletBalance] {
        var staked: [WalletAddress: Amount] = [:]
        for entry in chain.entries {
            for contributor in entry.contributors {
                let amount = contributor.stakes.reduce(Amount.zero) { $0 + $1.amount }
                staked[contributor.address] = (staked[contributor.address] ?? .zero) + amount
            }
        }
        var locked: [WalletAddress: Amount] = [:]
        for stake in blacklist { locked[stake.owner] = (locked[stake.owner] ?? .zero) + stake.amount }
        let free = chain.state.balances.all
        return Set(free.keys).union(staked.keys).union(locked.keys).sorted().map { wallet in
            WalletBalance(
                wallet: wallet, free: free[wallet] ?? .zero, staked: staked[wallet] ?? .zero,
                locked: locked[wallet] ?? .zero,
                accrued: Amount(atomic: (chain.state.accrued[wallet] ?? 0) / RewardBatch.milliPerAtomic))
        }
    }

    /// Stakes of deregistered nodes, by the height at which they become free.
    public var blacklist: [BlacklistEntry] { chain.state.blacklist }

    /// Active nodes in the order in which they are to be rewarded; the head is the leader (ledger §4.1).
    public var rewardQueue: [RewardTurn] {
        chain.entries.filter(\.isActive).map { RewardTurn(node: $0.node, last: $0.lastReward) }
            .sorted { ($0.last, $0.node) < ($1.last, $1.node) }
    }

    /// What blocks did to swarms, oldest first and by swarm ascending within a block; at most
    /// ``SwarmChange/mostRemembered``. After a restart it begins with the last 360 blocks.
    public var swarmHistory: [SwarmChange] { swarmChanges }

    /// What a transaction about a name must burn in the next block: nothing when the name is taken by then.
    public func price(of name: NameHash) -> Amount {
        let isWaiting = chain.pending.contains { transaction in
            if case .name(let waiting) = transaction { waiting.name == name } else { false }
        }
        return isWaiting
            ? .zero : chain.state.names.price(of: name, hardfork: chain.genesis.rules.form.hardfork)
    }

    /// Transactions that wait for the next block, in its order.
    public var pending: [LedgerTransaction] { chain.pending }

    /// Every block, by height.
    public var blocks: [Block] { chain.blocks }
}
