import SessionProtocol

/// One message as a node keeps it (storage-node §11).
public struct StoredMessage: Sendable, Equatable {
    /// Whose mailbox it lies in.
    public let account: AccountID
    public let namespace: Namespace
    /// The message's name; unique over all accounts, as it covers account, namespace and data.
    public let hash: MessageHash
    /// When the sender says it was sent, in milliseconds since 1970.
    public let timestamp: Int64
    /// When the node may forget it, in milliseconds since 1970.
    public let expiry: Int64
    /// When its owner last set the expiry, in milliseconds since 1970; 0 if never. Only what is meant for other nodes
    /// tells it.
    public let expiryChanged: Int64
    /// When a node accepted it from a client, the last time if it was more than once, in milliseconds since 1970. Set
    /// against its deletion this tells which came first; the sender's clock has no say in that.
    public let storedAt: Int64
    /// Decoded bytes, at most ``Limits/messageBytes`` of them in a valid request; a store does not check.
    public let data: Bytes

    /// - Parameters:
    ///   - timestamp: milliseconds since 1970.
    ///   - expiry: milliseconds since 1970.
    ///   - expiryChanged: milliseconds since 1970; 0 for never.
    ///   - storedAt: milliseconds since 1970; `nil` where nobody tells it, and the timestamp stands for it.
    public init(
        account: AccountID, namespace: Namespace, hash: MessageHash, timestamp: Int64, expiry: Int64,
        expiryChanged: Int64 = 0, storedAt: Int64? = nil, data: Bytes
    ) {
        self.account = account
        self.namespace = namespace
        self.hash = hash
        self.timestamp = timestamp
        self.expiry = expiry
        self.expiryChanged = expiryChanged
        self.storedAt = storedAt ?? timestamp
        self.data = data
    }
}

/// What became of a message handed to a store (storage-node §11, row "store").
public struct StoreReceipt: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        /// It was not known and is now kept.
        case new
        /// It was known, and its expiry has been raised to the later one.
        case extended
        /// It was known with the same or a later expiry; nothing changed.
        case exists
        /// It is gone here by something done after it was stored, and stays away.
        case late
    }

    public let outcome: Outcome
    /// The expiry now in force, in milliseconds since 1970.
    public let expiry: Int64
    /// The message's row, see ``MessageStore/messages(afterRow:limit:)``; 0 for one that stays away.
    public let row: Int64

    /// - Parameters:
    ///   - expiry: in milliseconds since 1970.
    ///   - row: the message's row.
    public init(outcome: Outcome, expiry: Int64, row: Int64) {
        self.outcome = outcome
        self.expiry = expiry
        self.row = row
    }
}

/// Messages of one account and namespace, in the order in which this node received them.
public struct MessagePage: Sendable, Equatable {
    public let messages: [StoredMessage]
    /// Whether at least one further message follows.
    public let more: Bool

    public init(messages: [StoredMessage], more: Bool) {
        self.messages = messages
        self.more = more
    }
}
