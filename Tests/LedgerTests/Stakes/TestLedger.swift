import Ledger
import SessionCrypto
import SessionProtocol
import Testing

/// A chain alone, with wallets that own 1,000 coins each and stakes of 100 coins.
struct TestLedger {
    static let seed: UInt64 = 7
    static let wallets = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"].map {
        WalletKeys(networkSeed: seed, name: $0)
    }
    static let coinsPerWallet: UInt64 = 1_000

    var chain: LedgerChain
    private var nextNonce: UInt64 = 1

    /// - Parameters:
    ///   - form: `nil` keeps that of `rules`.
    init(_ rules: LedgerRules = rules(), balances: [WalletAddress: Amount]? = nil) {
        let even = Dictionary(
            uniqueKeysWithValues: Self.wallets.map { ($0.address, Amount.coins(Self.coinsPerWallet)) })
        chain = LedgerChain(
            genesis: Genesis(networkSeed: Self.seed, balances: balances ?? even, rules: rules, timestamp: 0))
    }

    /// A network's test values: 100 coins a node, unlock after 15 blocks, lock for 30, payable after 4.
    static func rules(
        _ preset: LedgerRules.Preset = .oxen, change: (inout LedgerRules) -> Void = { _ in }
    ) -> LedgerRules {
        var rules = LedgerRules(preset)
        rules.requirement = .flat(.coins(100))
        rules.unlockBlocks = 15
        rules.deregistrationLockBlocks = 30
        rules.smallStakeBlocks = 30
        rules.blocksUntilPayable = 4
        change(&rules)
        return rules
    }

    static func keys(_ node: Int) -> NodeKeys { NodeKeys(networkSeed: seed, name: "node \(node)") }
    static func key(_ node: Int) -> LegacyPublicKey { keys(node).legacy.publicKey }
    static func address(_ wallet: Int) -> WalletAddress { wallets[wallet].address }

    func registration(
        _ node: Int, by wallet: Int = 0, stake: Amount = .coins(100), reserved: Amount? = nil,
        others: [(wallet: Int, amount: Amount)] = [], fee: UInt64 = 0, nonce: UInt64
    ) -> RegistrationTransaction {
        RegistrationTransaction(
            node: Self.keys(node).legacy, operator: Self.wallets[wallet], stake: stake, reserved: reserved,
            others: others.map { .init(address: Self.address($0.wallet), amount: $0.amount) }, feeBasisPoints: fee,
            rules: chain.genesis.rules, height: chain.height, signedAt: chain.top.timestamp, nonce: nonce)
    }

    mutating func nonce() -> UInt64 {
        defer { nextNonce += 1 }
        return nextNonce
    }

    /// Registers a node in the next block.
    mutating func register(
        _ node: Int, by wallet: Int = 0, stake: Amount = .coins(100), reserved: Amount? = nil,
        others: [(wallet: Int, amount: Amount)] = [], fee: UInt64 = 0
    ) throws {
        let nonce = nonce()
        try chain.submit([
            .registration(
                registration(
                    node, by: wallet, stake: stake, reserved: reserved, others: others, fee: fee, nonce: nonce))
        ])
        advance()
    }

    /// Stakes in the next block.
    mutating func stake(_ amount: Amount, in node: Int, by wallet: Int) throws {
        let nonce = nonce()
        try chain.submit([
            .stake(
                StakeTransaction(
                    node: Self.key(node), contributor: Self.wallets[wallet], amount: amount, nonce: nonce))
        ])
        advance()
    }

    /// Asks for a wallet's first stake in a node in the next block.
    mutating func unlock(_ node: Int, by wallet: Int) throws {
        let image = try #require(keyImage(node, of: wallet))
        let nonce = nonce()
        try chain.submit([
            .unlock(
                UnlockTransaction(node: Self.key(node), keyImage: image, owner: Self.wallets[wallet], nonce: nonce))
        ])
        advance()
    }

    /// Forces a change in the next block.
    mutating func force(_ change: StateChange.Kind, _ node: Int, reasons: TestFailures = .uptime) throws {
        try chain.submit([forced(change, node, reasons: reasons)])
        advance()
    }

    func forced(_ change: StateChange.Kind, _ node: Int, reasons: TestFailures = .uptime) -> LedgerTransaction {
        .stateChange(
            StateChange(
                node: Self.key(node), change: change, quorumHeight: chain.top.height,
                authority: .operator(reasons: reasons)))
    }

    @discardableResult
    mutating func advance(_ blocks: Int = 1) -> Block {
        for _ in 0..<blocks { chain.produceBlock(timestamp: chain.top.timestamp + 120) }
        return chain.top
    }

    func entry(_ node: Int) -> ServiceNodeEntry? { chain.state.nodes[Self.key(node)] }

    func keyImage(_ node: Int, of wallet: Int) -> Bytes? {
        entry(node)?.contributors.first { $0.address == Self.address(wallet) }?.stakes.first?.keyImage
    }

    func balance(_ wallet: Int) -> Amount { chain.state.balances[Self.address(wallet)] ?? .zero }

    /// What refuses a transaction; `nil` when nothing does, and then it waits for a block.
    mutating func refusal(_ transaction: LedgerTransaction) -> TransactionRefusal.Reason? {
        do throws(TransactionRefusal) {
            try chain.submit([transaction])
            return nil
        } catch {
            return error.reason
        }
    }
}
