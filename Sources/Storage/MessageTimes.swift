/// How long a message lives, and what that rests on. All times are in milliseconds since 1970.
///
/// Copies on several nodes come to the same times by ``joined(with:)``, in whatever order they meet.
struct MessageTimes: Sendable, Equatable {
    var expiry: Int64
    /// When the expiry was set, or raised by a store; 0 if it is that of the first store.
    var expiryChanged: Int64
    /// When it was stored, the last time if it was more than once.
    var storedAt: Int64

    /// Whether it stays with its own expiry where another one was set: it was stored later, and for longer. A store raises
    /// an expiry, also on a node that had not heard of the one it raises.
    func outlasts(_ other: Int64, setAt moment: Int64) -> Bool { storedAt > moment && expiry > other }

    /// The times of the message of which these are two copies. If a store was for less time than the copy had left, that
    /// is not told: it counts as a store for all of it, so that nothing is gone before the time that was acknowledged.
    func joined(with other: MessageTimes) -> MessageTimes {
        let isNewer = (expiryChanged, expiry) > (other.expiryChanged, other.expiry)
        let (older, newer) = isNewer ? (other, self) : (self, other)
        var times = newer
        if older.outlasts(newer.expiry, setAt: newer.expiryChanged) {
            times.expiry = older.expiry
            times.expiryChanged = older.storedAt
        }
        times.storedAt = max(older.storedAt, newer.storedAt)
        return times
    }

    /// Whether an expiry that was set elsewhere takes the place of this one: it was set later, or at the same moment to a
    /// later time.
    func yields(to other: Int64, setAt moment: Int64) -> Bool {
        (moment, other) > (expiryChanged, expiry) && !outlasts(other, setAt: moment)
    }
}

extension StoredMessage {
    var times: MessageTimes { MessageTimes(expiry: expiry, expiryChanged: expiryChanged, storedAt: storedAt) }
}
