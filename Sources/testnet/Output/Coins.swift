import SessionProtocol

/// Amounts as people read them.
enum Coins {
    /// - Parameter value: atomic units of 10⁻⁹ coin.
    static func text(_ value: JSON?) -> String {
        guard let atomic = value?.asUnsigned else { return "-" }
        let rest = String(1_000_000_000 + atomic % 1_000_000_000).dropFirst()
        let decimals = rest.replacing(/0+$/, with: "")
        return "\(atomic / 1_000_000_000)" + (decimals.isEmpty ? "" : ".\(decimals)")
    }
}
