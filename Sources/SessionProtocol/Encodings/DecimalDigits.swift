extension FixedWidthInteger {
    /// A number written in ASCII digits and nothing else.
    /// - Returns: `nil` for an empty text, any other character (Swift's own initialiser takes a leading plus), or a number
    ///   that does not fit.
    @inlinable public init?(digits text: some StringProtocol) {
        self = 0
        var isEmpty = true
        for character in text.utf8 {
            guard character >= UInt8(ascii: "0"), character <= UInt8(ascii: "9"),
                let digit = Self(exactly: character - UInt8(ascii: "0"))
            else { return nil }
            let (tens, overflows) = multipliedReportingOverflow(by: 10)
            let (sum, isTooLarge) = tens.addingReportingOverflow(digit)
            guard !overflows, !isTooLarge else { return nil }
            self = sum
            isEmpty = false
        }
        if isEmpty { return nil }
    }
}
