/// A message's name on the network: 43 characters of unpadded base64 (storage-node §4).
public struct MessageHash: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 43 characters.
    public let text: String

    /// Characters of its base64 text.
    public static let textLength = 43

    /// - Returns: `nil` unless the text is 43 base64 characters.
    public init?(text: String) {
        guard text.utf8.count == Self.textLength, Base64.decode(text) != nil else { return nil }
        self.text = text
    }

    /// - Parameter digest: the 32-byte BLAKE2b digest of type byte, key, namespace text and data.
    public init?(digest: Bytes) {
        guard digest.count == 32 else { return nil }
        text = Base64.encode(digest, padded: false)
    }

    public var description: String { text }

    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}
