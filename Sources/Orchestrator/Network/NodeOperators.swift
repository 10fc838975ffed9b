import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// The people behind the nodes: each has a wallet with just the stake its node needs, and signs its node's registration.
struct NodeOperators: Sendable {
    private let settings: NetworkSettings
    private let stake: Amount

    init(_ settings: NetworkSettings) {
        self.settings = settings
        stake = .coins(settings.topology.ledger.stakeCoinsAtMost)
    }

    /// A ledger in whose first block every operator owns a stake's worth of coins.
    func ledgerConfiguration(clock: any NodeClock) -> LedgerConfiguration {
        let balances = settings.topology.nodes.names.map { (wallet(of: $0).address, stake) }
        let blockTime: LedgerConfiguration.BlockTime =
            switch settings.topology.ledger.blockTime {
            case .auto: .auto
            case .preset: .every(.seconds(120) / settings.topology.ledger.timeScale)
            case .every(let interval): .every(interval)
            }
        return LedgerConfiguration(
            genesis: Genesis(
                networkSeed: settings.seed, balances: Dictionary(uniqueKeysWithValues: balances),
                rules: rules, timestamp: clock.wallMilliseconds / 1000),
            blockTime: blockTime)
    }

    /// One registration a node, signed by the node and by its operator.
    /// - Parameter time: of signing; seconds since the Unix epoch.
    func registrations(of members: [NodeMember], at time: Int64) -> [LedgerTransaction] {
        members.map {
            .registration(
                RegistrationTransaction(
                    node: $0.keys.legacy, operator: wallet(of: $0.name), stake: stake, rules: rules, signedAt: time))
        }
    }

    private var rules: LedgerRules {
        var rules = LedgerRules.whitepaper2020
        rules.requirement = .flat(stake)
        return rules
    }

    private func wallet(of node: String) -> WalletKeys {
        WalletKeys(networkSeed: settings.seed, name: "operator of \(node)")
    }
}
