import SessionProtocol

/// Something that was done to what a store holds, kept so that nodes which missed it can follow. Of two changes of the
/// same thing the later one holds on every node. All times are in milliseconds since 1970.
public enum StoredChange: Sendable, Hashable {
    /// The expiry of a message was set, at `changedAt`.
    case expiry(hash: MessageHash, expiry: Int64, changedAt: Int64)
    /// A message was deleted, at `at`. Not needed after `until`, when the message would have expired.
    case removal(account: AccountID, hash: MessageHash, at: Int64, until: Int64)
    /// A subaccount's token of 36 bytes was revoked or allowed again, at `at`.
    case revocation(account: AccountID, token: Bytes, at: Int64, isRevoked: Bool)

    /// When it was done.
    public var moment: Int64 {
        switch self {
        case .expiry(_, _, let at), .removal(_, _, let at, _), .revocation(_, _, let at, _): at
        }
    }

    /// The place of its kind among changes of one moment.
    var rank: Int {
        switch self {
        case .expiry: 0
        case .removal: 1
        case .revocation: 2
        }
    }

    /// What tells it from others of its kind and moment, in their order.
    var key: Bytes {
        switch self {
        case .expiry(let hash, _, _), .removal(_, let hash, _, _): hash.ordered
        case .revocation(let account, let token, _, _): account.bytes + token
        }
    }

    /// Whether it comes before another one in ``MessageStore/changes(since:after:limit:)``.
    public func precedes(_ other: StoredChange) -> Bool {
        if moment != other.moment { return moment < other.moment }
        if rank != other.rank { return rank < other.rank }
        return key.lexicographicallyPrecedes(other.key)
    }
}
