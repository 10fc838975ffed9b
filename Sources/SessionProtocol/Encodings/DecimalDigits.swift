extension FixedWidthInteger {
    /// A number written in ASCII digits and nothing else.
    /// - Returns: `nil` for an empty text, any other character (Swift's own initialiser takes a leading plus), or a number
    ///   that does not fit.
    public init?(digits text: some StringProtocol) {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        self.init(text, radix: 10)
    }
}
