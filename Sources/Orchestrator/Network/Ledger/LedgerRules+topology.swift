import Ledger
import SessionProtocol
import Swarms

extension LedgerRules {
    /// The preset's rules with what a topology changes of them.
    init(_ settings: Topology.LedgerSettings) {
        switch settings.preset {
        case .whitepaper2020: self = .whitepaper2020
        case .oxen: self = .oxen
        }
        switch settings.stake {
        case .coins(let coins): requirement = .flat(.coins(UInt64(coins)))
        case .curve: requirement = .curve
        case nil: break
        }
        startHeight = settings.startHeight ?? startHeight
        switch settings.swarmPolicy {
        case .whitepaper: swarmPolicy = .whitepaper
        case .oxen: swarmPolicy = .oxen
        }
        storageHardfork = settings.hardFork
        timeScale = Double(settings.timeScale)
        testing.isEnabled = settings.testing.isEnabled
        testing.testsSmallNetworks = settings.testing.testsSmallNetworks
        let blocks = settings.blocks
        unlockBlocks = blocks.unlock ?? unlockBlocks
        deregistrationLockBlocks = blocks.deregistrationLock ?? deregistrationLockBlocks
        blocksUntilPayable = blocks.untilPayable ?? blocksUntilPayable
        initialCreditBlocks = blocks.initialCredit ?? initialCreditBlocks
        minimumCreditBlocks = blocks.minimumCredit ?? minimumCreditBlocks
        maximumCreditBlocks = blocks.maximumCredit ?? maximumCreditBlocks
    }
}

extension LedgerConfiguration.BlockTime {
    init(_ settings: Topology.LedgerSettings, _ rules: LedgerRules) {
        switch settings.blockTime {
        case .auto: self = .auto
        case .preset: self = .every(rules.blockTarget)
        case .every(let interval): self = .every(interval)
        }
    }
}
