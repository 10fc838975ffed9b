import Foundation
import Orchestrator

/// The one rule of flags that are numbers of a verb's own: a number inside a range. Anything else is refused with the range,
/// the unit and exit code 64. Flags that a topology has as well obey the rules of the file, which say the same.
///
/// Their values are taken whatever they begin with, so that -1 is a number out of range and no flag.
enum NumberFlag {
    /// What is allowed instead. The command line's parser says before it which flag has what value.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter unit: what is counted, in the plural.
    static func whole<Number: FixedWidthInteger & Sendable>(
        _ range: ClosedRange<Number>, _ unit: String
    ) -> @Sendable (String) throws -> Number {
        { text in
            guard isDigits(text), let number = Number(text), range.contains(number) else {
                throw Refusal(description: "give a whole number of \(range.lowerBound)–\(range.upperBound) \(unit)")
            }
            return number
        }
    }

    /// - Parameter unit: what is measured, in the plural.
    static func decimal(_ range: ClosedRange<Double>, _ unit: String) -> @Sendable (String) throws -> Double {
        { text in
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), parts.allSatisfy({ isDigits($0) }), let number = Double(text),
                range.contains(number)
            else {
                throw Refusal(
                    description: "give a number of \(plain(range.lowerBound))–\(plain(range.upperBound)) \(unit)")
            }
            return number
        }
    }

    /// Coins as the ledger counts them, kept as text: no fraction is lost on the way.
    @Sendable static func coins(_ text: String) throws -> String {
        guard LedgerFigures.isCoins(text) else {
            throw Refusal(description: "give more than 0 coins, up to 18446744073, with up to nine decimals")
        }
        return text
    }

    /// A percentage with up to two decimals, kept as text.
    @Sendable static func percent(_ text: String) throws -> String {
        guard LedgerFigures.isPercentage(text) else {
            throw Refusal(description: "give 0–100 percent, with up to two decimals")
        }
        return text
    }

    /// Whole percentages, one or several with commas between.
    @Sendable static func percents(_ text: String) throws -> [Int] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map {
            try whole(0...99, "percent, or several with commas between, such as 1,5")(String($0))
        }
    }

    private static func isDigits(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
    }

    private static func plain(_ number: Double) -> String {
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        // Never with an exponent: it says what may be typed.
        var text = String(format: "%.9f", number)
        while text.hasSuffix("0") { text.removeLast() }
        return text
    }
}
