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

extension StoredMessage {
    /// Its expiry, as other nodes are told of it.
    var expiryChange: StoredChange { .expiry(hash: hash, expiry: expiry, changedAt: expiryChanged) }

    /// Whether it must not come back that way.
    /// - Parameters:
    ///   - moment: when it was deleted, or when the expiry was set by which it expired.
    ///   - lapsed: that expiry; `nil` for a deleted one. Both in milliseconds since 1970.
    func staysAway(deletedAt moment: Int64, lapsedAt lapsed: Int64?) -> Bool {
        if let lapsed { (moment, lapsed) >= (expiryChanged, expiry) } else { timestamp <= moment }
    }

    /// The same message, sent later than a moment in milliseconds since 1970.
    func sentAfter(_ moment: Int64) -> StoredMessage {
        let (next, overflow) = moment.addingReportingOverflow(1)
        return StoredMessage(
            account: account, namespace: namespace, hash: hash, timestamp: overflow ? moment : next, expiry: expiry,
            expiryChanged: expiryChanged, data: data)
    }
}

extension StoreReceipt {
    /// Of a copy that comes too late.
    static let deleted = StoreReceipt(outcome: .deleted, expiry: 0, row: 0)
}
