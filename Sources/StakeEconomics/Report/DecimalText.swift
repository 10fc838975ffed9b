/// Numbers as a table shows them: the same text on every machine and in every locale.
enum DecimalText {
    /// With so many digits after the point, 0 to 9, rounded to the nearest; "–" for what is no number or too large.
    static func fixed(_ value: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        guard let scaled = Int(exactly: (value.magnitude * Double(scale)).rounded()) else { return "–" }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(sign)\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// A share of 1 in per cent: two digits after the point, four below 1 %.
    static func percent(_ share: Double) -> String {
        let hundredths = share * 100
        let isSmall = hundredths > 0 && hundredths < 1
        return hundredths == hundredths.rounded()
            ? "\(fixed(hundredths, digits: 0)) %" : "\(fixed(hundredths, digits: isSmall ? 4 : 2)) %"
    }

    /// With a comma before every third digit from the right.
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        let groups = digits.indices.map { place in
            (place > 0 && (digits.count - place).isMultiple(of: 3) ? "," : "") + String(digits[place])
        }
        return (number < 0 ? "-" : "") + groups.joined()
    }

    /// Whole dollars, rounded to the nearest; "–" for what is no number or too large.
    static func grouped(dollars: Double) -> String { Int(exactly: dollars.rounded()).map(grouped) ?? "–" }
}
