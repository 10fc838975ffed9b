import SessionProtocol

/// What a store says of a message without reading its data.
public struct StoredEntry: Sendable, Hashable {
    /// See ``MessageStore/messages(afterRow:limit:)``.
    public let row: Int64
    public let account: AccountID
    public let hash: MessageHash
    /// In milliseconds since 1970.
    public let expiry: Int64
    /// When the expiry was last set by its owner, in milliseconds since 1970; 0 if never.
    public let expiryChanged: Int64
    /// The length of the data.
    public let dataBytes: Int

    /// - Parameters:
    ///   - expiry: in milliseconds since 1970.
    ///   - expiryChanged: in milliseconds since 1970; 0 if never.
    ///   - dataBytes: the length of the data.
    public init(
        row: Int64, account: AccountID, hash: MessageHash, expiry: Int64, expiryChanged: Int64 = 0, dataBytes: Int
    ) {
        self.row = row
        self.account = account
        self.hash = hash
        self.expiry = expiry
        self.expiryChanged = expiryChanged
        self.dataBytes = dataBytes
    }
}

/// What became of messages that another node handed over.
public struct InsertReceipt: Sendable, Equatable {
    /// How many were not known and are kept now.
    public let added: Int
    /// The row of the first that was added; `nil` when none was.
    public let firstRow: Int64?

    /// - Parameter firstRow: `nil` when none was added.
    public init(added: Int, firstRow: Int64?) {
        self.added = added
        self.firstRow = firstRow
    }
}

extension StoredMessage {
    /// Whether it takes the place of another one in the same outbox mailbox: sent later, or at the same time and named
    /// later, so that every node decides alike.
    func supersedes(_ other: StoredMessage) -> Bool { (timestamp, hash) > (other.timestamp, other.hash) }
}

extension [StoredMessage] {
    /// The messages of one hand-over as a store takes them: each hash once, and of an outbox mailbox only the message
    /// sent last.
    var withoutSuperseded: [StoredMessage] {
        var seen: Set<MessageHash> = []
        var newest: [AccountID: [Namespace: StoredMessage]] = [:]
        let distinct = filter { seen.insert($0.hash).inserted }
        for message in distinct where message.namespace.isPublicOutbox {
            let known = newest[message.account]?[message.namespace]
            if known.map(message.supersedes) ?? true {
                newest[message.account, default: [:]][message.namespace] = message
            }
        }
        return distinct.filter {
            !$0.namespace.isPublicOutbox || newest[$0.account]?[$0.namespace]?.hash == $0.hash
        }
    }
}
