import Ledger
import Testing

@Suite struct AmountTests {
    @Test(
        "Amounts print as coins, without zeros that say nothing",
        arguments: [
            (0, "0"), (1, "0.000000001"), (500_000_000, "0.5"), (18_550_000_000_000, "18550"),
            (18_550_014_923_978, "18550.014923978"),
        ] as [(UInt64, String)])
    func text(atomic: UInt64, expected: String) {
        #expect(Amount(atomic: atomic).description == expected)
    }
}
