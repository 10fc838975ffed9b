import SessionProtocol

/// Something that was done to what a store holds, kept so that nodes which missed it can follow. Of two changes of the
/// same thing the later one holds on every node. All times are in milliseconds since 1970.
public enum StoredChange: Sendable, Hashable {
    /// The expiry of a message was set, at `changedAt`. Nodes up to version 0.3.1 do not tell whose it is; a store always
    /// does.
    case expiry(account: AccountID?, hash: MessageHash, expiry: Int64, changedAt: Int64)
    /// A message was deleted, at `at`. Not needed after `until`, when the message would have expired.
    case removal(account: AccountID, hash: MessageHash, at: Int64, until: Int64)
    /// A subaccount's token of 36 bytes was revoked or allowed again, at `at`.
    case revocation(account: AccountID, token: Bytes, at: Int64, isRevoked: Bool)
    /// The expiry of a message was set, at `at`, by a node that does not have it and awaits it.
    case awaitedExpiry(account: AccountID, hash: MessageHash, bounds: ExpiryBounds, at: Int64)
    /// Something was asked for of whole mailboxes.
    case standingOrder(account: AccountID, StandingOrder)

    /// When it was done.
    public var moment: Int64 {
        switch self {
        case .expiry(_, _, _, let at), .removal(_, _, let at, _), .revocation(_, _, let at, _),
            .awaitedExpiry(_, _, _, let at):
            at
        case .standingOrder(_, let order): order.at
        }
    }

    /// The place of its kind among changes of one moment.
    var rank: Int {
        switch self {
        case .expiry: 0
        case .removal: 1
        case .revocation: 2
        case .awaitedExpiry: 3
        case .standingOrder: 4
        }
    }

    /// What tells it from others of its kind and moment, in their order.
    var key: Bytes {
        switch self {
        case .expiry(_, let hash, _, _): hash.ordered
        case .removal(let account, let hash, _, _), .awaitedExpiry(let account, let hash, _, _):
            hash.ordered + account.bytes
        case .revocation(let account, let token, _, _): account.bytes + token
        case .standingOrder(let account, let order): order.key(of: account)
        }
    }

    /// Whether it comes before another one in ``MessageStore/changes(since:after:limit:)``.
    public func precedes(_ other: StoredChange) -> Bool {
        if moment != other.moment { return moment < other.moment }
        if rank != other.rank { return rank < other.rank }
        return key.lexicographicallyPrecedes(other.key)
    }
}

extension [StoredChange] {
    /// As stores list them, also where two accounts had a message of one name.
    var inOrder: [StoredChange] {
        func isListed(
            _ left: (change: StoredChange, key: Bytes), before right: (change: StoredChange, key: Bytes)
        ) -> Bool {
            let (first, second) = (left.change, right.change)
            if first.moment != second.moment { return first.moment < second.moment }
            if first.rank != second.rank { return first.rank < second.rank }
            if left.key != right.key { return left.key.lexicographicallyPrecedes(right.key) }
            guard case .expiry(_, _, let expiry, _) = first, case .expiry(_, _, let other, _) = second else {
                return false
            }
            return expiry < other
        }
        return map { ($0, $0.key) }.sorted(by: isListed).map(\.0)
    }
}
