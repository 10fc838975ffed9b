import SessionProtocol

/// A message with its place in the order of arrival.
struct StoredRow: Sendable {
    let row: Int64
    let message: StoredMessage
    /// When the owner last set the expiry, in milliseconds since 1970; 0 if never.
    let expiryChanged: Int64

    init(row: Int64, message: StoredMessage, expiryChanged: Int64? = nil) {
        self.row = row
        self.message = message
        self.expiryChanged = expiryChanged ?? message.expiryChanged
    }

    /// The message as other nodes are told of it.
    var whole: StoredMessage {
        StoredMessage(
            account: message.account, namespace: message.namespace, hash: message.hash, timestamp: message.timestamp,
            expiry: message.expiry, expiryChanged: expiryChanged, storedAt: message.storedAt, data: message.data)
    }

    /// What it takes on the disk: its data and a flat amount for keys, times and their index entries.
    var diskBytes: Int { Self.diskBytes(of: message) }

    static func diskBytes(of message: StoredMessage) -> Int { message.data.count + 256 }
}

/// What is remembered of a message that is gone. All times are in milliseconds since 1970.
struct Removal: Sendable, Equatable {
    let account: AccountID
    /// When it was deleted, or when the expiry was set by which it expired.
    let at: Int64
    let until: Int64
    /// That expiry; `nil` for a deleted message.
    var expiry: Int64?
}

/// A message's expiry before and after, in milliseconds since 1970.
struct ChangedExpiry: Sendable {
    let row: Int64
    let old: Int64
    let new: Int64
    /// When the owner set it, or stored the message again.
    var changedAt: Int64
    /// When the message was stored again; `nil` if it was not.
    var storedAt: Int64?
}

/// What one call changes; all of it reaches the disk, or nothing.
struct WriteTransaction: Sendable {
    var removed: [StoredRow] = []
    var changed: [ChangedExpiry] = []
    var inserted: [StoredRow] = []
    /// What is remembered of deleted messages from now on; `nil` for nothing any more.
    var removals: [(hash: MessageHash, removal: Removal?)] = []
    /// All that is known of an account's subaccounts from now on.
    var revocations: [(account: AccountID, known: [Revocation])] = []

    var isEmpty: Bool { stepCount == 0 }

    private var removedBytes: Int { removed.reduce(0) { $0 + $1.diskBytes } }
    private var insertedBytes: Int { inserted.reduce(0) { $0 + $1.diskBytes } }

    /// By how much the used space grows. Only messages count: what their owners ask for must not fail for want of room.
    var growth: Int { insertedBytes - removedBytes }

    /// What it takes of the log: a few pages of tables and indexes, what comes, and what goes, which the log holds on
    /// to until the next checkpoint.
    var logBytes: Int {
        5 * 4_096 + insertedBytes + removedBytes + 128
            * (removals.count + revocations.reduce(0) { $0 + $1.known.count })
    }

    var stepCount: Int { removed.count + changed.count + inserted.count + removals.count + revocations.count }

    /// Remembers the expiries by which messages have expired, as far as they were set.
    mutating func lapse(_ rows: [StoredRow], at now: Int64) {
        for stored in rows where stored.expiryChanged > 0 {
            let at = stored.expiryChanged
            let (until, overflow) = at.addingReportingOverflow(RemovalLimits.lapsedMilliseconds)
            guard !overflow, until > now else { continue }
            let message = stored.message
            removals.append(
                (message.hash, Removal(account: message.account, at: at, until: until, expiry: message.expiry)))
        }
    }

    /// Deletes messages for their owner, and remembers that.
    mutating func delete(_ rows: [StoredRow], at moment: Int64) {
        removed += rows
        removals += rows.map { stored in
            let message = stored.message
            let until = RemovalLimits.until(deletedAt: moment, expiry: message.expiry, changedAt: stored.expiryChanged)
            return (message.hash, Removal(account: message.account, at: moment, until: until))
        }
    }
}
