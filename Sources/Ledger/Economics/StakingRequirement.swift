/// What a node must lock to become active (ledger §1.7).
public enum StakingRequirement: Sendable, Equatable {
    /// The same at every height.
    case flat(Amount)
    /// The main network's course by height, from its 45,000 coins of 2018 to the 15,000 of hard fork 16.
    case curve

    /// - Parameter height: of the block that would carry the registration; on the curve, a height of the main network.
    public func amount(at height: UInt64) -> Amount {
        switch self {
        case .flat(let amount): amount
        case .curve: Self.curve(at: height)
        }
    }

    /// Where the curve begins; below, it is what it is here.
    private static let start: UInt64 = 101_250
    private static let hardfork11: UInt64 = 234_767
    private static let hardfork13: UInt64 = 385_824
    private static let hardfork16: UInt64 = 641_111

    private static func curve(at height: UInt64) -> Amount {
        let height = max(height, start)
        return switch height {
        case ..<hardfork11: .coins(10_000) + halved(35_000, height)
        case ..<hardfork13: .coins(15_000) + halved(25_007, height)
        case ..<hardfork16: between(knots, at: height)
        default: .coins(15_000)
        }
    }

    /// The part above the floor, halving every 180 days.
    private static func halved(_ coins: Double, _ height: UInt64) -> Amount {
        let part = Halving(initial: coins * 1e9, period: 129_600).amount(after: height - start)
        return Amount(atomic: UInt64(part))
    }

    private struct Knot {
        let height: UInt64
        /// Atomic units.
        let requirement: Int64
    }

    /// 60 days apart.
    private static let knots = [
        Knot(height: 385_824, requirement: 20_458_380_815_527),
        Knot(height: 429_024, requirement: 19_332_319_724_305),
        Knot(height: 472_224, requirement: 18_438_564_443_912),
        Knot(height: 515_424, requirement: 17_729_190_407_764),
        Knot(height: 558_624, requirement: 17_166_159_862_153),
        Knot(height: 601_824, requirement: 16_719_282_221_956),
        Knot(height: 645_024, requirement: 16_364_595_203_882),
    ]

    /// In whole atomic units: the slope is cut to one first, as the main network does.
    private static func between(_ knots: [Knot], at height: UInt64) -> Amount {
        let next = knots.firstIndex { $0.height > height } ?? knots.count
        let from = knots[max(next, 1) - 1]
        guard next < knots.count else { return Amount(atomic: UInt64(from.requirement)) }
        let to = knots[next]
        let slope = (to.requirement - from.requirement) / Int64(to.height - from.height)
        return Amount(atomic: UInt64(from.requirement + Int64(height - from.height) * slope))
    }
}
