import SessionProtocol

/// How long what is gone is remembered.
enum RemovalLimits {
    /// No message lives longer than this after its expiry was set.
    static let lapsedMilliseconds = Limits.longestPrivateTTL

    /// When a deletion need not be remembered any more, in milliseconds since 1970: when every node's copy of the message
    /// has expired. Where its expiry was changed, one that missed that may keep it for longer than this node.
    static func until(deletedAt at: Int64, expiry: Int64, changedAt: Int64) -> Int64 {
        guard changedAt > 0 else { return expiry }
        let (longest, overflow) = at.addingReportingOverflow(lapsedMilliseconds)
        return overflow ? .max : max(expiry, longest)
    }
}

/// What is remembered of a message that is gone. All times are in milliseconds since 1970.
struct Removal: Sendable, Equatable {
    /// When it was deleted, or when the expiry was set by which it expired.
    var at: Int64
    var until: Int64
    /// That expiry; `nil` for a deleted message.
    var expiry: Int64?
    /// Whether the message was not here when its owner deleted it.
    var isBlind = false
}

extension Removal {
    /// What is remembered once another node tells of a deletion of a message that is not here.
    ///
    /// - Parameter known: what was remembered of it before.
    /// - Returns: `nil` when nothing changes.
    static func told(at moment: Int64, until end: Int64, over known: Removal?) -> Removal? {
        // Where the message was never here, and may live for as long as any, it takes room that has a limit.
        guard let known else { return Removal(at: moment, until: end, isBlind: end >= OrderLimits.end(of: moment)) }
        guard known.expiry == nil else { return Removal(at: moment, until: end) }
        if known.at == moment, known.until < end { return Removal(at: moment, until: end, isBlind: known.isBlind) }
        return known.at < moment ? Removal(at: moment, until: end, isBlind: known.isBlind) : nil
    }

    /// What is remembered once the owner deletes a message that is not here: as long as one may live that he means.
    ///
    /// - Parameter known: what was remembered of it before.
    /// - Returns: `nil` when nothing changes.
    static func asked(at moment: Int64, over known: Removal?) -> Removal? {
        if let known, known.expiry == nil, known.at >= moment { return nil }
        return told(at: moment, until: max(OrderLimits.end(of: moment), known?.until ?? .min), over: known)
    }

    /// Whether an expiry that was set of the message, and is told, is older than this. Both are in milliseconds since 1970.
    func covers(_ expiry: Int64, setAt moment: Int64) -> Bool { (moment, expiry) <= (at, self.expiry ?? .max) }

    /// What is remembered of a message that has expired by an expiry that was set. All times are in milliseconds since 1970.
    ///
    /// - Returns: `nil` when nobody has to know it any more.
    static func lapsed(at expiry: Int64, setAt moment: Int64, now: Int64) -> Removal? {
        let (end, overflow) = moment.addingReportingOverflow(RemovalLimits.lapsedMilliseconds)
        return overflow || end <= now ? nil : Removal(at: moment, until: end, expiry: expiry)
    }

    /// The same, remembered for as long as a message may live whose owner deleted it at a moment; `nil` when it is.
    func lasting(from moment: Int64) -> Removal? {
        let end = OrderLimits.end(of: moment)
        return until < end ? Removal(at: at, until: end, expiry: expiry, isBlind: isBlind) : nil
    }
}

/// Whose message, and which: a name that somebody else gives counts for nothing.
struct OwnedHash: Sendable, Hashable, Comparable {
    let hash: MessageHash
    let account: AccountID

    /// By hash, then by account.
    static func < (left: Self, right: Self) -> Bool { (left.hash, left.account) < (right.hash, right.account) }
}

extension StoredMessage {
    /// Whether it must not come back that way.
    /// - Parameters:
    ///   - moment: when it was deleted, or when the expiry was set by which it expired.
    ///   - lapsed: that expiry; `nil` for a deleted one. Both in milliseconds since 1970.
    func staysAway(deletedAt moment: Int64, lapsedAt lapsed: Int64?) -> Bool {
        guard storedAt <= moment else { return false }
        return lapsed.map { (moment, $0) >= (expiryChanged, expiry) } ?? true
    }

    /// The same message where one of its name is gone. Its expiry counts as set later than that: nodes that remember an
    /// expiry by which the other was gone would let it expire again, and nodes that still have the other, as they missed
    /// its deletion and this store, would keep that one's expiry. The deletion is not remembered any more.
    ///
    /// - Parameter moment: when the other was deleted, or the expiry set by which it expired; `nil` if none is gone.
    func returning(after moment: Int64?) -> StoredMessage {
        guard let moment else { return self }
        return dated(
            expiry: expiry, expiryChanged: expiryChanged > moment ? expiryChanged : storedAt, storedAt: storedAt)
    }

    /// The same message with other times, in milliseconds since 1970.
    func dated(expiry: Int64, expiryChanged: Int64, storedAt: Int64) -> StoredMessage {
        StoredMessage(
            account: account, namespace: namespace, hash: hash, timestamp: timestamp, expiry: expiry,
            expiryChanged: expiryChanged, storedAt: storedAt, data: data)
    }
}

extension StoreReceipt {
    /// Of a message that comes too late: the answer is as if it had been kept for a while.
    static func late(_ message: StoredMessage) -> StoreReceipt {
        StoreReceipt(outcome: .late, expiry: message.expiry, row: 0)
    }
}

enum StoringMoment {
    /// When a message counts as stored, in milliseconds since 1970, whatever its entry node's clock says.
    ///
    /// - Parameters:
    ///   - goneAt: what is remembered of its removal.
    ///   - orderedAt: when its owner asked for something that concerns it before it was here.
    ///   - expiryChanged: when its expiry was set, if it is here; 0 for never.
    static func after(goneAt: Int64?, orderedAt: Int64?, expiryChanged: Int64?, now: Int64) -> Int64 {
        // Of an expiry and a store of one moment nodes could not tell which came first.
        let known = [goneAt, orderedAt, expiryChanged == 0 ? nil : expiryChanged]
        return known.reduce(now) { max($0, ($1 ?? .min).following) }
    }
}
