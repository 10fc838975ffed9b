/// One of an account's mailboxes; its number decides who may write and read (storage-node §3.3).
public struct Namespace: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: Int16

    public init(_ rawValue: Int16) { self.rawValue = rawValue }

    /// The inbox anyone may write to.
    public static let inbox = Namespace(0)

    /// Anyone may store; a supplied signature is parsed but never verified.
    public var isPublicInbox: Bool { rawValue % 10 == 0 }

    /// One message at a time, open to read, signed to write.
    public var isPublicOutbox: Bool { rawValue < 0 && (-Int(rawValue)) % 20 == 1 }

    /// Open to store and to retrieve.
    public var isLegacyClosedGroup: Bool { rawValue == -10 }

    /// Retrieval skips the revocation check.
    public var isUnrevocable: Bool { rawValue < 0 && (-Int(rawValue)) % 100 == 11 }

    /// No signature is needed to read.
    public var isOpenToRetrieve: Bool { isPublicOutbox || isLegacyClosedGroup }

    /// The namespace as it enters hashes and signed texts: nothing for the default inbox, else decimal.
    public var signedText: String { rawValue == 0 ? "" : String(rawValue) }

    public var description: String { String(rawValue) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
