import SessionProtocol

/// What nodes that missed something are told.
extension SQLiteMessageStore {
    public func changes(
        since moment: Int64, after last: StoredChange?, limit: Int
    ) throws(StorageError) -> [StoredChange] {
        let file = try open()
        var found: [StoredChange] = []
        let lists = [
            file.expiryChanges, file.removals, file.revocations, file.awaitedExpiries, file.standingOrders,
        ]
        for (rank, list) in lists.enumerated() {
            // Those of one kind go on after the last one's moment, or inside it.
            var start = ChangeStart(moment: moment, key: nil)
            if let last, last.moment >= moment {
                start = ChangeStart(
                    moment: last.moment,
                    key: rank < last.rank ? .beyondAll : rank == last.rank ? .after(last.key) : nil)
            }
            found += try list(start, max(limit, 0))
        }
        return Array(found.inOrder.prefix(max(limit, 0)))
    }

    public func apply(_ changes: [StoredChange]) async throws(StorageError) -> Int {
        _ = try open()
        var count = 0
        var left = changes[...]
        while let next = left.first {
            if case .standingOrder(let account, let order) = next {
                if try await carryOut(order, of: account) { count += 1 }
                left.removeFirst()
                continue
            }
            let some = left.prefix { if case .standingOrder = $0 { false } else { true } }
            left = left.dropFirst(some.count)
            let file = try open()
            count += try file.change(toDo: Self.takingOver) { () throws(StorageError) in
                try file.deleting { () throws(StorageError) in
                    var count = 0
                    for change in some where try file.apply(change) { count += 1 }
                    return count
                }
            }
        }
        return count
    }
}

/// Where a list of changes of one kind begins.
private struct ChangeStart {
    enum Key {
        case after(Bytes)
        /// None of this moment is wanted any more.
        case beyondAll
    }

    let moment: Int64
    /// `nil` for all of the moment.
    let key: Key?

    /// What the moment and key of every wanted one are greater than.
    func bounds(split: Int? = nil) -> [SQLiteStatement.Value] {
        let keys: [SQLiteStatement.Value] =
            switch key {
            case nil: [.blob([]), .blob([])]
            case .beyondAll: [.blob(Bytes(repeating: 0xff, count: 70)), .blob([])]
            case .after(let key):
                [.blob(Bytes(key.prefix(split ?? key.count))), .blob(Bytes(key.dropFirst(split ?? 0)))]
            }
        return [.integer(moment)] + keys.prefix(split == nil ? 1 : 2)
    }
}

extension MessageFile {
    fileprivate func expiryChanges(_ start: ChangeStart, _ limit: Int) throws(StorageError) -> [StoredChange] {
        var found: [StoredChange] = []
        let values = start.bounds() + [.integer(Int64(limit))]
        try changes.expiryChanges.run(values) { row throws(StorageError) in
            found.append(
                .expiry(
                    account: try account(row, 3), hash: try hash(row, 0), expiry: row.integer(1),
                    changedAt: row.integer(2)))
            return true
        }
        return found
    }

    fileprivate func removals(_ start: ChangeStart, _ limit: Int) throws(StorageError) -> [StoredChange] {
        var found: [StoredChange] = []
        let values = start.bounds(split: OrderedHash.byteCount) + [.integer(Int64(limit))]
        try changes.removals.run(values) { row throws(StorageError) in
            found.append(
                .removal(
                    account: try account(row, 1), hash: try hash(row, 0), at: row.integer(2), until: row.integer(3)))
            return true
        }
        return found
    }

    fileprivate func revocations(_ start: ChangeStart, _ limit: Int) throws(StorageError) -> [StoredChange] {
        var found: [StoredChange] = []
        let values = start.bounds(split: 33) + [.integer(Int64(limit))]
        try changes.revocations.run(values) { row throws(StorageError) in
            found.append(
                .revocation(
                    account: try account(row, 0), token: row.bytes(1), at: row.integer(2),
                    isRevoked: row.integer(3) != 0))
            return true
        }
        return found
    }

    fileprivate func awaitedExpiries(_ start: ChangeStart, _ limit: Int) throws(StorageError) -> [StoredChange] {
        var found: [StoredChange] = []
        let values = start.bounds(split: OrderedHash.byteCount) + [.integer(Int64(limit))]
        try orders.awaitedExpiries.run(values) { row throws(StorageError) in
            found.append(
                .awaitedExpiry(
                    account: try account(row, 1), hash: try hash(row, 0), bounds: try bounds(row, 3),
                    at: row.integer(2)))
            return true
        }
        return found
    }

    fileprivate func standingOrders(_ start: ChangeStart, _ limit: Int) throws(StorageError) -> [StoredChange] {
        var found: [StoredChange] = []
        let values = start.bounds() + [.integer(Int64(limit))]
        try orders.standingOrders.run(values) { row throws(StorageError) in
            found.append(.standingOrder(account: try account(row, 0), try order(row)))
            return true
        }
        return found
    }

    /// Does what was done elsewhere, inside the transaction under way.
    /// - Returns: whether that changed anything.
    func apply(_ change: StoredChange) throws(StorageError) -> Bool {
        switch change {
        case .expiry(let account, let hash, let expiry, let at):
            if let (message, owner) = try present(hash) {
                guard account == nil || owner == account else { return false }
                return try setExpiry(of: message, to: expiry, ifLaterAt: at)
            }
            guard let account else { return false }
            return try noteExpiry(expiry, setAt: at, of: OwnedHash(hash: hash, account: account))
        case .removal(let account, let hash, let at, let until):
            let name = OwnedHash(hash: hash, account: account)
            if let (message, owner) = try present(hash) {
                guard owner == account, message.storedAt <= at else { return false }
                try changes.removeOwn.run([.integer(message.row)])
                try remember(Removal(at: at, until: until), of: name)
                return true
            }
            let known = try remembered(name)
            guard let removal = Removal.told(at: at, until: until, over: known) else { return false }
            return try remember(removal, of: name, over: known, .told)
        case .revocation(let account, let token, let at, let isRevoked):
            let new = Revocation(token: token, at: at, isRevoked: isRevoked)
            if let known = try revocation(of: token, account), !new.supersedes(known) { return false }
            try put(new, of: account)
            // One that is older than the newest of the account is forgotten at once, and no news.
            return try revocation(of: token, account) == new
        case .awaitedExpiry(let account, let hash, let bounds, let at):
            let new = AwaitedExpiry(bounds: bounds, at: at)
            guard let (message, owner) = try present(hash) else {
                return try note(new, of: OwnedHash(hash: hash, account: account), .told).isNew
            }
            guard owner == account else { return false }
            let here = StoredMessage(
                account: account, namespace: .inbox, hash: hash, timestamp: 0, expiry: message.expiry,
                expiryChanged: message.expiryChanged, storedAt: message.storedAt, data: [])
            let after = new.applied(to: here)
            guard after != here else { return false }
            return try setExpiry(of: message, to: after.expiry, ifLaterAt: after.expiryChanged)
        // Done in parts.
        case .standingOrder: return false
        }
    }

    /// Takes over an expiry that was set elsewhere, if the one here yields to it. Inside the transaction under way; times
    /// are in milliseconds since 1970.
    /// - Returns: whether it was taken over.
    func setExpiry(of here: KnownMessage, to expiry: Int64, ifLaterAt moment: Int64) throws(StorageError) -> Bool {
        guard here.times.yields(to: expiry, setAt: moment) else { return false }
        try setExpiry(of: here.row, to: expiry, at: moment)
        return true
    }

    /// Remembers an expiry that was set elsewhere of a message that is not here: a copy that was on its way then may come.
    /// - Returns: whether that is news.
    private func noteExpiry(_ expiry: Int64, setAt moment: Int64, of name: OwnedHash) throws(StorageError) -> Bool {
        if let known = try remembered(name), known.covers(expiry, setAt: moment) { return false }
        guard expiry <= sweptAt else {
            return try note(AwaitedExpiry(exactly: expiry, at: moment), of: name, .told).isNew
        }
        guard let removal = Removal.lapsed(at: expiry, setAt: moment, now: sweptAt) else { return false }
        try remember(removal, of: name)
        return true
    }

    /// Changes an expiry for its owner, inside the transaction under way. Times are in milliseconds since 1970.
    func setExpiry(of row: Int64, to expiry: Int64, at moment: Int64) throws(StorageError) {
        try changes.setExpiry.run([.integer(expiry), .integer(moment), .integer(row)])
        latest.note(moment)
    }

    /// Remembers what became of a message that is gone, inside the transaction under way.
    func remember(_ removal: Removal, of name: OwnedHash) throws(StorageError) {
        try changes.remember.run([
            name.hash.column, name.account.column, .integer(removal.at), .integer(removal.until),
            removal.expiry.map { .integer($0) } ?? .null, .integer(removal.isBlind ? 1 : 0),
        ])
        latest.note(removal.at)
    }

    /// What is remembered of a message that is not here any more.
    func remembered(_ name: OwnedHash) throws(StorageError) -> Removal? {
        var found: Removal?
        try changes.remembered.run([name.hash.column, name.account.column]) { row throws(StorageError) in
            found = Removal(
                at: row.integer(0), until: row.integer(1), expiry: row.isNull(2) ? nil : row.integer(2),
                isBlind: row.integer(3) != 0)
            return false
        }
        return found
    }

    /// A message that is here, whose ever it is.
    private func present(_ hash: MessageHash) throws(StorageError) -> (message: KnownMessage, owner: AccountID)? {
        var found: (KnownMessage, AccountID)?
        try changes.ownerOf.run([hash.column]) { row throws(StorageError) in
            found = (KnownMessage(row), try account(row, 4))
            return false
        }
        return found
    }
}
