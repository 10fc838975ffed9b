import SessionProtocol

/// What names a message on the network: the mailbox it lies in, and its hash.
public struct MessageIdentity: Sendable, Hashable {
    public var account: AccountID
    public var namespace: Namespace
    public var hash: MessageHash

    public init(account: AccountID, namespace: Namespace, hash: MessageHash) {
        self.account = account
        self.namespace = namespace
        self.hash = hash
    }
}

/// A message as one party saw it. Two copies are byte-identical when identity and digest are equal.
public struct MessageCopy: Sendable, Hashable {
    public var identity: MessageIdentity
    /// SHA-256 of the message's data: 32 bytes.
    public var digest: Bytes

    public init(identity: MessageIdentity, digest: Bytes) {
        self.identity = identity
        self.digest = digest
    }
}
