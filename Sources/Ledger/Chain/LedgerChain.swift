import SessionProtocol
import Swarms

/// What a ledger starts with.
public struct Genesis: Sendable, Equatable {
    /// Enters every block's hash.
    public var networkSeed: UInt64
    /// Coins by wallet; their sum is the supply.
    public var balances: [WalletAddress: Amount]
    public var economics: LedgerEconomics
    /// Seconds since the Unix epoch.
    public var timestamp: Int64

    public init(
        networkSeed: UInt64, balances: [WalletAddress: Amount], economics: LedgerEconomics = .standard,
        timestamp: Int64 = 0
    ) {
        self.networkSeed = networkSeed
        self.balances = balances
        self.economics = economics
        self.timestamp = timestamp
    }
}

/// The staking ledger: blocks and the state they add up to. Pure: the same calls give the same chain.
public struct LedgerChain: Sendable {
    public let genesis: Genesis
    /// By height; never empty.
    public private(set) var blocks: [Block]
    /// After the top block.
    public private(set) var state: LedgerState
    /// Every entry after the top block, by legacy key ascending.
    public private(set) var entries: [ServiceNodeEntry] = []
    /// Accepted, and waiting for the next block.
    public private(set) var pending: [RegistrationTransaction] = []
    /// ``state`` with ``pending`` applied: what the next transaction is measured against.
    private var expected: LedgerState

    public init(genesis: Genesis) {
        self.genesis = genesis
        state = LedgerState(balances: genesis.balances)
        expected = state
        let contents = genesis.balances.sorted { $0.key < $1.key }.map {
            $0.key.bytes + $0.value.atomic.littleEndianBytes
        }
        let hash = BlockHash.of(
            previous: nil, height: 0, contents: contents, networkSeed: genesis.networkSeed)
        let previous = BlockHash(Bytes(repeating: 0, count: 32))
        blocks = [Block(height: 0, timestamp: genesis.timestamp, previous: previous, hash: hash, events: [])]
    }

    /// Active nodes by swarm after the top block; nodes waiting for one are left out.
    public var swarms: SwarmAssignment<LegacyPublicKey> { LedgerState.swarms(of: entries) }
    public var top: Block { blocks[blocks.count - 1] }
    /// Number of blocks, one more than the top block's height.
    public var height: UInt64 { UInt64(blocks.count) }
    /// Coins in all, free and locked.
    public var supply: Amount { genesis.balances.values.reduce(.zero, +) }

    /// Puts registrations in line for the next block; either all of them or none.
    /// - Throws: the refusal of the first that cannot count.
    public mutating func submit(_ transactions: [RegistrationTransaction]) throws(RegistrationRefusal) {
        var next = expected
        for (offset, transaction) in transactions.enumerated() {
            try transaction.validate(genesis.economics)
            try next.apply(
                transaction, height: height, index: pending.count + offset, economics: genesis.economics)
        }
        expected = next
        pending += transactions
    }

    /// Makes the next block out of everything pending (ledger §3.8).
    /// - Parameter timestamp: seconds since the Unix epoch.
    @discardableResult
    public mutating func produceBlock(timestamp: Int64) -> Block {
        let time = max(timestamp, top.timestamp)
        let hash = BlockHash.of(
            previous: top.hash, height: height, contents: pending.map(\.id),
            networkSeed: genesis.networkSeed)
        var events: [LedgerEvent] = []
        // `expected` holds the very entries this block makes: they were applied for its height, in its order.
        state = expected
        for transaction in pending {
            events.append(.registered(node: transaction.node, stake: transaction.stake))
            if state.nodes[transaction.node]?.isActive == true { events.append(.activated(node: transaction.node)) }
        }
        if events.contains(where: \.changesActiveSet) {
            state.assignSwarms(blockHash: hash)
            events.append(.swarmsAssigned)
        }
        if !events.isEmpty { entries = state.entries }
        expected = state
        pending = []
        let block = Block(height: height, timestamp: time, previous: top.hash, hash: hash, events: events)
        blocks.append(block)
        return block
    }
}

extension LedgerEvent {
    var changesActiveSet: Bool { if case .activated = self { true } else { false } }
}
