/// Numbers every ledger of this network shares (ledger §0.2).
public enum LedgerConstants {
    /// A fee of 100 %, in basis points.
    public static let wholeFee: UInt64 = 10_000
    /// The denominator of portions, 2⁶⁴ − 4.
    public static let portions = RewardSplit.portions
    /// Blocks that may be taken back, and whose past the ledger remembers.
    public static let rememberedBlocks = 360
}
