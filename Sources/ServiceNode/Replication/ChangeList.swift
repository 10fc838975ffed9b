import SessionProtocol
import Storage

/// Changes that clients made, as one node tells another of them: beyond the reference, whose nodes forget them.
enum ChangeList {
    /// First elements of the kinds of changes.
    private enum Kind {
        static let expiry = "expire"
        static let removal = "delete"
        static let revocation = "revoke"
        static let awaitedExpiry = "await"
        static let emptying = "empty"
        static let shortening = "shorten"
    }

    /// - Returns: a list of kind, names and times for each change.
    static func encode(_ changes: some Sequence<StoredChange>) -> Bencode { .list(changes.map(encode)) }

    /// What nodes up to version 0.3.1 read: they take nothing of a list in which there is something else.
    static func encodeForOlder(_ changes: some Sequence<StoredChange>) -> Bencode {
        encode(changes.compactMap(\.forOlder))
    }

    /// What only later versions read, to be told beside what is for the older ones.
    static func encodeForNewer(_ changes: some Sequence<StoredChange>) -> Bencode {
        encode(changes.filter { $0.forOlder != $0 })
    }

    static func encode(_ change: StoredChange) -> Bencode {
        switch change {
        case .expiry(let account, let hash, let expiry, let at):
            .list(
                [.text(Kind.expiry), .text(hash.text), .integer(expiry), .integer(at)]
                    + (account.map { [.bytes($0.bytes)] } ?? []))
        case .removal(let account, let hash, let at, let until):
            .list([.text(Kind.removal), .bytes(account.bytes), .text(hash.text), .integer(at), .integer(until)])
        case .revocation(let account, let token, let at, let isRevoked):
            .list([
                .text(Kind.revocation), .bytes(account.bytes), .bytes(token), .integer(at), .integer(isRevoked ? 1 : 0),
            ])
        case .awaitedExpiry(let account, let hash, let bounds, let at):
            .list([
                .text(Kind.awaitedExpiry), .bytes(account.bytes), .text(hash.text), .integer(at),
                .integer(bounds.earliest), .integer(bounds.latest),
            ])
        case .standingOrder(let account, let order): encode(order, of: account)
        }
    }

    private static func encode(_ order: StandingOrder, of account: AccountID) -> Bencode {
        let (kind, bound) =
            switch order.effect {
            case .deletion(let limit): (Kind.emptying, limit)
            case .shortening(let expiry): (Kind.shortening, expiry)
            }
        let namespace: Bencode =
            switch order.mailboxes {
            case .one(let one): .integer(Int64(one.rawValue))
            case .all: .text(allMailboxes)
            }
        return .list([.text(kind), .bytes(account.bytes), namespace, .integer(order.at), .integer(bound)])
    }

    private static let allMailboxes = "all"

    /// - Returns: `nil` unless it is a list of changes, and not too long.
    static func decode(_ list: Bencode) -> [StoredChange]? {
        guard let elements = list.asList, elements.count <= Limits.changesPerPage else { return nil }
        let changes = elements.compactMap(change)
        return changes.count == elements.count ? changes : nil
    }

    static func change(_ element: Bencode) -> StoredChange? {
        guard let fields = element.asList, let kind = fields.first?.asText else { return nil }
        switch (kind, fields.count) {
        case (Kind.expiry, 4), (Kind.expiry, 5):
            let account = fields.dropFirst(4).first.map { $0.asBytes.flatMap(AccountID.init) }
            guard let hash = fields[1].asText.flatMap(MessageHash.init(text:)), let expiry = fields[2].asInteger,
                let at = fields[3].asInteger, account != .some(nil)
            else { return nil }
            return .expiry(account: account ?? nil, hash: hash, expiry: expiry, changedAt: at)
        case (Kind.removal, 5):
            guard let account = fields[1].asBytes.flatMap(AccountID.init),
                let hash = fields[2].asText.flatMap(MessageHash.init(text:)), let at = fields[3].asInteger,
                let until = fields[4].asInteger
            else { return nil }
            return .removal(account: account, hash: hash, at: at, until: until)
        case (Kind.revocation, 5):
            guard let account = fields[1].asBytes.flatMap(AccountID.init), let token = fields[2].asBytes,
                token.count == Subaccount.tokenLength, let at = fields[3].asInteger, let flag = fields[4].asInteger
            else { return nil }
            return .revocation(account: account, token: token, at: at, isRevoked: flag != 0)
        case (Kind.awaitedExpiry, 6):
            guard let account = fields[1].asBytes.flatMap(AccountID.init),
                let hash = fields[2].asText.flatMap(MessageHash.init(text:)), let at = fields[3].asInteger,
                let earliest = fields[4].asInteger, let latest = fields[5].asInteger,
                let bounds = ExpiryBounds(earliest: earliest, latest: latest)
            else { return nil }
            return .awaitedExpiry(account: account, hash: hash, bounds: bounds, at: at)
        case (Kind.emptying, 5), (Kind.shortening, 5):
            guard let account = fields[1].asBytes.flatMap(AccountID.init), let mailboxes = mailboxes(fields[2]),
                let at = fields[3].asInteger, let bound = fields[4].asInteger
            else { return nil }
            let effect: StandingOrder.Effect =
                kind == Kind.emptying ? .deletion(sentUpTo: bound) : .shortening(to: bound)
            return .standingOrder(account: account, StandingOrder(mailboxes, effect, at: at))
        default: return nil
        }
    }

    private static func mailboxes(_ element: Bencode) -> MailboxSelection? {
        if element.asText == allMailboxes { return .all }
        return element.asInteger.flatMap(Int16.init(exactly:)).map { .one(Namespace($0)) }
    }
}

/// One step of an exchange of changes: `sn.data_changes`.
struct ChangeQuestion: Sendable {
    /// What the asking node knows.
    var told: [StoredChange] = []
    /// What it wants to know: the changes from a moment on, in milliseconds since 1970; `nil` for none.
    var since: Int64?
    /// The last it was told of.
    var last: StoredChange?
    /// Whether the asking node knows what was asked for of messages that are not here; those up to version 0.3.1 do not,
    /// nor do they read what is told of that.
    var knowsOrders = true

    var encoded: Bytes {
        // Apart from the others: an older node skips keys that it does not know, and no changes.
        var fields: [String: Bencode] = ["changes": ChangeList.encodeForOlder(told)]
        if knowsOrders { fields["orders"] = ChangeList.encodeForNewer(told) }
        if let since { fields["since"] = .integer(since) }
        if let last { fields["after"] = ChangeList.encode(last.forOlder ?? last) }
        return Bencode.dictionary(fields).encoded
    }

    /// - Returns: `nil` for a malformed one.
    init?(_ parts: [Bytes]) {
        // Whoever sends it learns that it is malformed; the parser's reason would not help it.
        guard parts.count == 1, let fields = try? Bencode(parsing: parts[0]).asDictionary,
            let changes = fields["changes"].flatMap(ChangeList.decode),
            let orders = fields["orders"].map(ChangeList.decode) ?? []
        else { return nil }
        told = changes + orders
        knowsOrders = fields["orders"] != nil
        since = fields["since"]?.asInteger
        last = fields["after"].flatMap(ChangeList.change)
        // Begun again from the start, an exchange would never end.
        guard (since == nil) == (fields["since"] == nil), (last == nil) == (fields["after"] == nil) else { return nil }
    }

    init(told: [StoredChange], since: Int64?, last: StoredChange?) {
        self.told = told
        self.since = since
        self.last = last
    }
}

extension Limits {
    /// The most changes of one page of an exchange: about 130 KB.
    static let changesPerPage = 1_000
}
