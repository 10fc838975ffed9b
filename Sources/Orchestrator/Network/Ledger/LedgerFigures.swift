import Ledger

/// Figures as people write them for the ledger.
public enum LedgerFigures {
    /// - Returns: whether a text is a number of coins above 0, with up to nine decimals, that the ledger can count.
    public static func isCoins(_ text: String) -> Bool { Amount(coins: text).map { $0 > .zero } ?? false }

    /// - Returns: whether a text is a percentage of 0–100 with up to two decimals.
    public static func isPercentage(_ text: String) -> Bool { basisPoints(text) != nil }

    /// Hundredths of a percent.
    static func basisPoints(_ text: String) -> UInt64? {
        let unit = Amount.atomicPerCoin / 100
        guard let value = Amount(coins: text)?.atomic, value % unit == 0, value / unit <= LedgerConstants.wholeFee
        else {
            return nil
        }
        return value / unit
    }
}
