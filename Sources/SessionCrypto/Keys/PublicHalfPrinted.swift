import SessionProtocol

/// A secret whose every printed form, also in a failed test or a dump, shows no more than its public half.
protocol PublicHalfPrinted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var printed: String { get }
}

extension PublicHalfPrinted {
    public var description: String { printed }
    public var debugDescription: String { printed }
    public var customMirror: Mirror { Mirror(self, children: ["public": printed]) }
}

extension Key {
    /// A key from bytes whose length an algorithm guarantees.
    static func checked(_ bytes: Bytes) -> Self {
        guard let key = Self(bytes) else { preconditionFailure("a public key has 32 bytes") }
        return key
    }
}
