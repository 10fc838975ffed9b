import SessionProtocol

/// A message and the mailbox it lies or lay in.
public struct MessageName: Sendable, Hashable, Comparable {
    public let namespace: Namespace
    public let hash: MessageHash

    public init(namespace: Namespace, hash: MessageHash) {
        self.namespace = namespace
        self.hash = hash
    }

    /// By namespace, then by hash.
    public static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.hash) < (right.namespace, right.hash)
    }
}

/// When a new expiry takes the place of the old one (storage-node §3.6, `expire`).
public enum ExpiryChange: Sendable, CaseIterable {
    /// Always.
    case set
    /// If it is later.
    case extend
    /// If it is earlier.
    case shorten

    func applies(to current: Int64, new: Int64) -> Bool {
        switch self {
        case .set: true
        case .extend: current < new
        case .shorten: current > new
        }
    }

    /// Whether a new expiry takes the place of a message's own. All times are in milliseconds since 1970.
    func applies(to times: MessageTimes, new: Int64, at moment: Int64) -> Bool {
        applies(to: times.expiry, new: new) && (moment, new) >= (times.expiryChanged, times.expiry)
            && !times.outlasts(new, setAt: moment)
    }
}

/// What an owner's request is about.
public enum ChangeTarget: Sendable {
    /// Messages by name, in whatever mailbox they lie.
    case messages([MessageHash])
    case mailboxes(MailboxSelection)
    /// Subaccounts by their tokens of 36 bytes.
    case subaccounts([Bytes])
}

enum ChangingMoment {
    /// The first moment at which a message can be changed that was stored and whose expiry was set before.
    static func after(storedAt: Int64, expiryChanged: Int64) -> Int64 {
        // A deletion of the same moment as the store holds; of two expiries of one moment the longer one does.
        Swift.max(storedAt, expiryChanged.following)
    }
}

extension Int64 {
    /// The next moment; the last one has none.
    var following: Int64 { self == .max ? self : self + 1 }
}

/// What became of the messages whose expiry should change. One that is not here is in neither list.
public struct ExpiryReceipt: Sendable, Equatable {
    /// The expiry now in force of those that took the new one, in milliseconds since 1970. One that had that expiry
    /// already counts as updated by ``ExpiryChange/set``.
    public var updated: [MessageHash: Int64]
    /// The expiry in force of those that kept theirs, in milliseconds since 1970.
    public var unchanged: [MessageHash: Int64]

    public init(updated: [MessageHash: Int64] = [:], unchanged: [MessageHash: Int64] = [:]) {
        self.updated = updated
        self.unchanged = unchanged
    }

    /// Notes the outcome for one message. A message named twice is where its last change left it.
    mutating func note(_ hash: MessageHash, updated isUpdated: Bool, expiry: Int64) {
        if isUpdated {
            updated[hash] = expiry
            unchanged[hash] = nil
        } else if updated[hash] == nil {
            unchanged[hash] = expiry
        }
    }
}
