#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An amount that halves with the height, as the early staking requirement and emission do (ledger §1.7, §4.2).
struct Halving {
    /// Atomic units at the start.
    let initial: Double
    /// Blocks in which it halves.
    let period: Double

    /// Atomic units after so many blocks. The caller truncates: the rules add in doubles before they cut.
    func amount(after blocks: UInt64) -> Double { initial / pow(2, Double(blocks) / period) }
}
