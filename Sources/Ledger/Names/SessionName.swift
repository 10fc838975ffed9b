import SessionProtocol

/// A name that stands for an account, as people type it (ledger §6.7). Case does not matter.
public struct SessionName: Sendable, Hashable, CustomStringConvertible {
    /// In lower case.
    public let text: String

    /// Characters.
    public static let maximumLength = 64

    /// - Parameter text: 1–64 ASCII letters, digits, `-` and `_`, without `-` at either end.
    public init(_ text: String) throws(SessionNameError) {
        let letters = Bytes(text.utf8)
        guard (1...Self.maximumLength).contains(letters.count) else { throw .length(letters.count) }
        for letter in letters where !Self.isAllowed(letter) { throw .character(in: text) }
        let hyphen = UInt8(ascii: "-")
        guard letters.first != hyphen, letters.last != hyphen else { throw .hyphenAtEnd(of: text) }
        self.text = text.lowercased()
    }

    private static func isAllowed(_ letter: UInt8) -> Bool {
        switch letter {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    public var description: String { text }
}

/// Why a text is no name.
public enum SessionNameError: Error, Equatable, CustomStringConvertible {
    /// In bytes of UTF-8.
    case length(Int)
    case character(in: String)
    case hyphenAtEnd(of: String)

    public var description: String {
        switch self {
        case .length(let count): "a name has 1 to \(SessionName.maximumLength) characters, this one \(count)"
        case .character(let text): "the name \(text) may hold only letters a-z, digits, - and _"
        case .hyphenAtEnd(let text): "the name \(text) may not begin or end with -"
        }
    }
}
