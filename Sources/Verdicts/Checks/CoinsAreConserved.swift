/// After every block, the coins of the beginning and those minted since are exactly the free, staked, locked and burnt
/// ones. None is minted but as a logged reward, none burnt but for a logged name.
public struct CoinsAreConserved: Check {
    public let name = "coinsAreConserved"

    public init() {}

    public func examine(_ history: History) -> Finding {
        guard history.ledger.hasBlocks else { return Finding(inconclusive: noBlocks) }
        var finding = Finding()
        var initial: UInt64?
        for stretch in history.ledger.stretches {
            let flows = stretch.flows
            var previous: (height: UInt64, coins: CoinFacts)?
            for entry in stretch.entries {
                guard case .block(let block) = entry.fact else { continue }
                let coins = block.coins
                if initial == nil { initial = coins.initial }
                var flaws = [coins.imbalance]
                if let initial, initial != coins.initial {
                    flaws.append("the chain began with \(coins.initial) coins, earlier blocks say \(initial)")
                }
                if let previous, entry.height == previous.height + 1 {
                    flaws += coins.unexplained(since: previous.coins, flows[entry.height] ?? Flow())
                }
                for flaw in flaws.compactMap({ $0 }) {
                    finding.violations.append(Violation("block \(entry.height): \(flaw), in atomic units"))
                }
                previous = (entry.height, coins)
            }
        }
        return finding
    }
}

/// The doubt of every check that needs blocks and has none.
let noBlocks = "the ledger made no block"

/// Coins that entered and left the world with one block, in atomic units.
private struct Flow {
    var rewarded: UInt128 = 0
    var burnt: UInt128 = 0
}

extension LedgerHistory.Stretch {
    fileprivate var flows: [UInt64: Flow] {
        var flows: [UInt64: Flow] = [:]
        for entry in entries {
            switch entry.fact {
            case .rewarded(_, let atomic): flows[entry.height, default: Flow()].rewarded += UInt128(atomic)
            case .burnt(let atomic): flows[entry.height, default: Flow()].burnt += UInt128(atomic)
            case .block, .moved, .assigned: break
            }
        }
        return flows
    }
}

extension CoinFacts {
    /// `nil` when both sides are equal.
    fileprivate var imbalance: String? {
        let made = UInt128(initial) + UInt128(minted)
        let kept = [free, staked, locked, burnt].reduce(UInt128(0)) { $0 + UInt128($1) }
        guard made != kept else { return nil }
        return "\(initial) initial and \(minted) minted coins are not \(free) free, \(staked) staked, \(locked) locked "
            + "and \(burnt) burnt: \(made > kept ? "\(made - kept) are lost" : "\(kept - made) came from nowhere")"
    }

    /// What of the difference to the block before was never logged.
    fileprivate func unexplained(since before: CoinFacts, _ flow: Flow) -> [String?] {
        [
            UInt128(minted) == UInt128(before.minted) + flow.rewarded
                ? nil : "\(before.minted) minted coins became \(minted), but \(flow.rewarded) were paid as rewards",
            UInt128(burnt) == UInt128(before.burnt) + flow.burnt
                ? nil : "\(before.burnt) burnt coins became \(burnt), but \(flow.burnt) were burnt for names",
        ]
    }
}
