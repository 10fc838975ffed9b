import SessionProtocol

/// What a ledger starts with.
public struct Genesis: Sendable, Equatable {
    /// Enters every block's hash.
    public var networkSeed: UInt64
    /// Coins by wallet.
    public var balances: [WalletAddress: Amount]
    public var rules: LedgerRules
    /// Seconds since the Unix epoch.
    public var timestamp: Int64

    public init(
        networkSeed: UInt64, balances: [WalletAddress: Amount], rules: LedgerRules = .whitepaper2020,
        timestamp: Int64 = 0
    ) {
        self.networkSeed = networkSeed
        self.balances = balances
        self.rules = rules
        self.timestamp = timestamp
    }

    /// The first block.
    var block: Block {
        let contents = balances.sorted { $0.key < $1.key }.map { $0.key.bytes + $0.value.atomic.littleEndianBytes }
        return Block(
            height: 0, timestamp: timestamp, previous: BlockHash(Bytes(repeating: 0, count: 32)),
            hash: BlockHash.of(previous: nil, height: 0, contents: contents, networkSeed: networkSeed), salt: 0,
            transactions: [], events: [])
    }
}
