/// Numbers every ledger of this network shares (ledger §0.2).
public enum LedgerConstants {
    /// Reported on every interface, whatever the rules: storage servers are not ready below 19.3.
    public static let hardfork: UInt8 = 19
    /// Reported beside ``hardfork``.
    public static let snodeRevision = 3
    /// A fee of 100 %, in basis points.
    public static let wholeFee: UInt64 = 10_000
    /// The denominator of portions, 2⁶⁴ − 4.
    public static let portions = RewardSplit.portions
    /// Blocks that may be taken back, and whose past the ledger remembers.
    public static let rememberedBlocks = 360
}
