import SessionProtocol

/// What is remembered of messages that are not here, of one kind.
enum OrderKind {
    case blindRemoval, awaitedExpiry, standingOrder, liftedRevocation
}

/// How much there is of one kind, as far as it was counted.
struct OrderTally {
    var accounts: [AccountID: Int] = [:]
    var total: Int?
}

/// A message that comes in, as what is remembered of it leaves it.
struct Arrival {
    let message: StoredMessage
    fileprivate let isGone: Bool
    fileprivate let isAwaited: Bool
}

// What concerns a message that comes in.
extension MessageFile {
    /// What is remembered that concerns a message of this name.
    func orders(for name: OwnedHash) throws(StorageError) -> ArrivalOrders {
        guard mayHaveOrders else { return .none }
        return ArrivalOrders(awaited: try awaited(name), standing: try standing(of: name.account))
    }

    /// A message whose hash is not known.
    ///
    /// - Returns: `nil` when it stays away.
    func arrival(of message: StoredMessage) throws(StorageError) -> Arrival? {
        let name = OwnedHash(hash: message.hash, account: message.account)
        let orders = try orders(for: name)
        let arriving = message.arriving(under: orders, sweptAt: sweptAt)
        guard let comer = arriving else { return nil }
        let gone = try remembered(name)
        if let gone, comer.staysAway(deletedAt: gone.at, lapsedAt: gone.expiry) { return nil }
        return Arrival(
            message: comer.returning(after: gone?.at), isGone: gone != nil,
            isAwaited: orders.awaited != nil)
    }

    /// Adds a message that comes in; what is remembered of it alone is not needed any more.
    /// - Returns: its row.
    func admit(_ arrival: Arrival, named hash: SQLiteStatement.Value) throws(StorageError) -> Int64 {
        let row = try add(arrival.message, named: hash)
        let name = [hash, arrival.message.account.column]
        if arrival.isGone { try changes.forget.run(name) }
        if arrival.isAwaited { try orders.forgetAwaited.run(name) }
        return row
    }

    /// Another copy of a message that is here, as orders over its mailbox leave it.
    func shortened(_ message: StoredMessage) throws(StorageError) -> StoredMessage {
        mayHaveOrders ? message.shortened(by: try standing(of: message.account)) : message
    }
}

// Remembering, inside the transaction under way. Each says whether it is remembered, or nobody needs that.
extension MessageFile {
    /// Remembers the deletion of a message by its owner, if it is not here.
    func noteDeletion(
        _ hash: MessageHash, of account: AccountID, at moment: Int64, _ room: OrderRoom
    ) throws(StorageError) -> Bool {
        guard try known(hash.column) == nil else { return true }
        let name = OwnedHash(hash: hash, account: account)
        let known = try remembered(name)
        guard let removal = Removal.asked(at: moment, over: known) else { return true }
        return try remember(removal, of: name, over: known, room)
    }

    /// Remembers a removal of a message that is not here.
    /// - Parameter known: what was remembered before.
    func remember(
        _ removal: Removal, of name: OwnedHash, over known: Removal?, _ room: OrderRoom
    ) throws(StorageError) -> Bool {
        if known == nil, removal.isBlind {
            guard try isRoom(for: .blindRemoval, of: name.account, room) else { return false }
        }
        try remember(removal, of: name)
        return true
    }

    /// Remembers a deletion that was asked for here for as long as anybody may have the message.
    func prolongDeletion(_ hash: MessageHash, of account: AccountID, at moment: Int64) throws(StorageError) {
        let name = OwnedHash(hash: hash, account: account)
        guard let known = try remembered(name), known.expiry == nil, known.at >= moment else { return }
        if let lasting = known.lasting(from: moment) { try remember(lasting, of: name) }
    }

    /// Remembers an expiry that was set of a message which is not here.
    func note(
        _ new: AwaitedExpiry, of name: OwnedHash, _ room: OrderRoom
    ) throws(StorageError) -> (isKept: Bool, isNew: Bool) {
        guard try known(name.hash.column) == nil else { return (true, false) }
        if let gone = try remembered(name), gone.expiry == nil, gone.at >= new.at { return (true, false) }
        let known = try awaited(name)
        let joined = known.map(new.joined) ?? new
        if joined == known { return (true, false) }
        if known == nil {
            guard try isRoom(for: .awaitedExpiry, of: name.account, room) else { return (false, false) }
        }
        try orders.putAwaited.run([
            name.hash.column, name.account.column, .integer(joined.at), .integer(joined.bounds.earliest),
            .integer(joined.bounds.latest),
        ])
        mayHaveOrders = true
        latest.note(joined.at)
        return (true, true)
    }

    /// Remembers an order over mailboxes.
    func note(
        _ new: StandingOrder, of account: AccountID, _ room: OrderRoom
    ) throws(StorageError) -> (isKept: Bool, isNew: Bool) {
        let known = try standing(of: account)
        guard let all = known.adding(new) else { return (true, false) }
        if all.count > known.count {
            guard try isRoom(for: .standingOrder, of: account, room, inAccount: known.count) else {
                return (false, false)
            }
        }
        for old in known where new.covers(old) {
            try orders.dropStanding.run([.integer(old.at), .blob(old.key(of: account))])
        }
        try orders.addStanding.run([account.column, .integer(new.at)] + new.columns + [.blob(new.key(of: account))])
        mayHaveOrders = true
        latest.note(new.at)
        return (true, true)
    }

    /// Remembers the end of a revocation, also of a token that is not revoked here.
    func lift(
        _ token: Bytes, of account: AccountID, at moment: Int64, _ room: OrderRoom
    ) throws(StorageError) -> (isKept: Bool, wasRevoked: Bool) {
        let new = Revocation(token: token, at: moment, isRevoked: false)
        let known = try revocation(of: token, account)
        if let known, !new.supersedes(known) { return (true, false) }
        if known == nil {
            // The newest of an account are kept in any case.
            guard try isRoom(for: .liftedRevocation, of: account, room, inAccount: 0) else { return (false, false) }
        }
        try put(new, of: account)
        return (true, known?.isRevoked ?? false)
    }

    /// - Parameter inAccount: how many the account has; `nil` to count them.
    private func isRoom(
        for kind: OrderKind, of account: AccountID, _ room: OrderRoom, inAccount: Int? = nil
    ) throws(StorageError) -> Bool {
        guard !isUsingReserve || room.isOfReserve else { return false }
        var tally = tallies[kind] ?? OrderTally()
        let statements = orders.counts(of: kind)
        var own = inAccount ?? tally.accounts[account] ?? 0
        if inAccount == nil, tally.accounts[account] == nil {
            own = try count(statements.ofAccount, [account.column])
        }
        var total = tally.total ?? 0
        if tally.total == nil { total = try count(statements.ofAll, []) }
        let limit = kind == .standingOrder ? OrderLimits.standingPerAccount : OrderLimits.perAccount
        let isRoom = room.holds(inAccount: own, ofAtMost: limit, onNode: total)
        // Whoever asks adds one.
        tally.accounts[account] = isRoom ? own + 1 : own
        tally.total = isRoom ? total + 1 : total
        tallies[kind] = tally
        return isRoom
    }

    private func count(_ statement: SQLiteStatement, _ values: [SQLiteStatement.Value]) throws(StorageError) -> Int {
        let count = try statement.integer(values)
        return Int(count ?? 0)
    }
}

// Rows.
extension MessageFile {
    private func awaited(_ name: OwnedHash) throws(StorageError) -> AwaitedExpiry? {
        var found: AwaitedExpiry?
        try orders.awaited.run([name.hash.column, name.account.column]) { row throws(StorageError) in
            found = AwaitedExpiry(bounds: try bounds(row, 1), at: row.integer(0))
            return false
        }
        return found
    }

    /// - Parameter column: the first of two.
    func bounds(_ row: SQLiteStatement, _ column: Int32) throws(StorageError) -> ExpiryBounds {
        guard let bounds = ExpiryBounds(earliest: row.integer(column), latest: row.integer(column + 1)) else {
            throw .damaged(path: connection.path, message: "an awaited expiry has no expiry between its bounds")
        }
        return bounds
    }

    /// What an account's owner asked for of mailboxes.
    func standing(of account: AccountID) throws(StorageError) -> [StandingOrder] {
        var found: [StandingOrder] = []
        try orders.standing.run([account.column]) { row throws(StorageError) in
            found.append(try order(row))
            return true
        }
        return found
    }

    /// - Parameter row: begins with the columns `account, at, namespace, is_shortening, bound`.
    func order(_ row: SQLiteStatement) throws(StorageError) -> StandingOrder {
        let bound = row.integer(4)
        return StandingOrder(
            row.isNull(2) ? .all : .one(try namespace(row, 2)),
            row.integer(3) == 0 ? .deletion(sentUpTo: bound) : .shortening(to: bound), at: row.integer(1))
    }
}

extension StandingOrder {
    /// `namespace, is_shortening, bound`.
    fileprivate var columns: [SQLiteStatement.Value] {
        let namespace: SQLiteStatement.Value =
            switch mailboxes {
            case .one(let one): one.column
            case .all: .null
            }
        return switch effect {
        case .deletion(let limit): [namespace, .integer(0), .integer(limit)]
        case .shortening(let expiry): [namespace, .integer(1), .integer(expiry)]
        }
    }
}
