import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// The people behind the nodes: each has a wallet with just the stake its node needs, and signs its node's registration.
/// The treasury pays for nodes that come later.
struct NodeOperators: Sendable {
    let settings: NetworkSettings
    let wallets: WalletBook
    let rules: LedgerRules

    init(_ settings: NetworkSettings) {
        self.settings = settings
        wallets = WalletBook(seed: settings.seed)
        rules = LedgerRules(settings.topology.ledger)
    }

    /// A ledger in whose first block every operator owns a stake's worth of coins, and the treasury the rest.
    func ledgerConfiguration(clock: any NodeClock, archive: any BlockArchive) -> LedgerConfiguration {
        let stake = rules.requirement(at: 1)
        let names = settings.topology.nodes.names
        var balances: [WalletAddress: Amount] = [:]
        for name in names { balances[wallet(ofNode: name).address] = stake }
        balances[wallets.keys(WalletBook.treasury).address] = treasury(beside: names.count, of: stake)
        return LedgerConfiguration(
            genesis: Genesis(
                networkSeed: settings.seed, balances: balances, rules: rules,
                timestamp: clock.wallMilliseconds / 1000),
            blockTime: LedgerConfiguration.BlockTime(settings.topology.ledger, rules), archive: archive)
    }

    private func treasury(beside operators: Int, of stake: Amount) -> Amount {
        if let coins = settings.topology.ledger.supply { return .coins(coins) }
        let staked = stake.atomic * UInt64(operators)
        let first = Amount.coins(Topology.LedgerSettings.firstCoins).atomic
        // With room for as many nodes again.
        return Amount(atomic: max(staked, first > staked ? first - staked : 0))
    }

    /// The wallet of a node's operator.
    func wallet(ofNode name: String) -> WalletKeys { wallets.keys(WalletBook.operatorName(of: name)) }

    /// A registration signed by the node and by its operator.
    ///
    /// - Parameters:
    ///   - offer: what is staked, by whom, and who may join.
    ///   - height: of the next block.
    ///   - time: of signing; seconds since the Unix epoch.
    func registration(
        of member: NodeMember, _ offer: RegistrationOffer, height: UInt64, time: Int64
    ) -> RegistrationTransaction {
        let wallet = offer.wallet.map(wallets.keys) ?? wallet(ofNode: member.name)
        return RegistrationTransaction(
            node: member.keys.legacy, operator: wallet, stake: offer.stake ?? rules.requirement(at: height),
            others: offer.reserved.map {
                RegistrationTransaction.Reservation(address: wallets.keys($0.wallet).address, amount: $0.amount)
            },
            feeBasisPoints: offer.feeBasisPoints, rules: rules, height: height, signedAt: time, nonce: wallets.nonce())
    }
}

/// What a node's operator offers when it registers.
public struct RegistrationOffer: Sendable, Equatable {
    /// A place kept for a contributor.
    public struct Reservation: Sendable, Equatable {
        /// A wallet's name.
        public var wallet: String
        public var amount: Amount

        public init(wallet: String, amount: Amount) {
            self.wallet = wallet
            self.amount = amount
        }
    }

    /// The operator's wallet by its name; `nil`: the wallet `operator of` the node.
    public var wallet: String?
    /// What the operator locks; `nil`: all that the ledger asks for.
    public var stake: Amount?
    /// The operator's share of rewards before they are divided, 0–10000 hundredths of a percent.
    public var feeBasisPoints: UInt64
    /// Places for others. The node is active once they have staked too.
    public var reserved: [Reservation]

    /// By default the operator stakes everything.
    public init(
        wallet: String? = nil, stake: Amount? = nil, feeBasisPoints: UInt64 = 0, reserved: [Reservation] = []
    ) {
        self.wallet = wallet
        self.stake = stake
        self.feeBasisPoints = feeBasisPoints
        self.reserved = reserved
    }
}
