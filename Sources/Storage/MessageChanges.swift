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
