import SessionProtocol

/// A message with its place in the order of arrival.
struct StoredRow: Sendable {
    let row: Int64
    let message: StoredMessage

    /// What it takes on the disk: its data and a flat amount for keys, times and their index entries.
    var diskBytes: Int { Self.diskBytes(of: message) }

    static func diskBytes(of message: StoredMessage) -> Int { message.data.count + 256 }
}

/// A message's expiry before and after, in milliseconds since 1970.
struct ChangedExpiry: Sendable {
    let row: Int64
    let old: Int64
    let new: Int64
    /// When the owner set it, or stored the message again.
    let changedAt: Int64
    /// When the message was stored again; `nil` if it was not.
    var storedAt: Int64?
}

/// What one call changes; all of it reaches the disk, or nothing.
struct WriteTransaction: Sendable {
    var removed: [StoredRow] = []
    var changed: [ChangedExpiry] = []
    var inserted: [StoredRow] = []
    /// What is remembered of deleted messages from now on; `nil` for nothing any more.
    var removals: [(name: OwnedHash, removal: Removal?)] = []
    /// The expiries that messages are awaited with from now on; `nil` for none any more.
    var awaited: [(name: OwnedHash, expiry: AwaitedExpiry?)] = []
    /// All orders over an account's mailboxes from now on.
    var standing: [(account: AccountID, orders: [StandingOrder])] = []
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
            * (removals.count + awaited.count + standing.reduce(0) { $0 + $1.orders.count }
                + revocations.reduce(0) { $0 + $1.known.count })
    }

    var stepCount: Int {
        removed.count + changed.count + inserted.count + removals.count + awaited.count + standing.count
            + revocations.count
    }

    /// Remembers the expiries by which messages have expired, as far as they were set.
    mutating func lapse(_ rows: [StoredRow], at now: Int64) {
        for message in rows.map(\.message) where message.expiryChanged > 0 {
            let at = message.expiryChanged
            let (until, overflow) = at.addingReportingOverflow(RemovalLimits.lapsedMilliseconds)
            guard !overflow, until > now else { continue }
            removals.append((message.owned, Removal(at: at, until: until, expiry: message.expiry)))
        }
    }
}

extension StoredMessage {
    var owned: OwnedHash { OwnedHash(hash: hash, account: account) }
}

extension StoredRow {
    var owned: OwnedHash { message.owned }
}
