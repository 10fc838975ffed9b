import SessionProtocol

/// What nodes that missed something are told.
extension SQLiteMessageStore {
    public func changes(
        since moment: Int64, after last: StoredChange?, limit: Int
    ) throws(StorageError) -> [StoredChange] {
        let file = try open()
        var found: [StoredChange] = []
        for (rank, list) in [file.expiryChanges, file.removals, file.revocations].enumerated() {
            // Those of one kind go on after the last one's moment, or inside it.
            var start = ChangeStart(moment: moment, key: nil)
            if let last, last.moment >= moment {
                start = ChangeStart(
                    moment: last.moment,
                    key: rank < last.rank ? .beyondAll : rank == last.rank ? .after(last.key) : nil)
            }
            found += try list(start, max(limit, 0))
        }
        return Array(found.sorted { $0.precedes($1) }.prefix(max(limit, 0)))
    }

    public func apply(_ changes: [StoredChange]) throws(StorageError) -> Int {
        let file = try open()
        return try file.change(toDo: "take over changes") { () throws(StorageError) in
            try file.deleting { () throws(StorageError) in
                var count = 0
                for change in changes where try file.apply(change) { count += 1 }
                return count
            }
        }
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
            found.append(.expiry(hash: try hash(row, 0), expiry: row.integer(1), changedAt: row.integer(2)))
            return true
        }
        return found
    }

    fileprivate func removals(_ start: ChangeStart, _ limit: Int) throws(StorageError) -> [StoredChange] {
        var found: [StoredChange] = []
        let values = start.bounds() + [.integer(Int64(limit))]
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

    /// Does what was done elsewhere, inside the transaction under way.
    /// - Returns: whether that changed anything.
    func apply(_ change: StoredChange) throws(StorageError) -> Bool {
        switch change {
        case .expiry(let hash, let expiry, let at):
            guard let here = try known(hash.column) else { return false }
            return try setExpiry(of: here, to: expiry, ifLaterAt: at)
        case .removal(let account, let hash, let at, let until):
            if let (message, owner) = try present(hash) {
                guard owner == account, message.storedAt <= at else { return false }
                try changes.removeOwn.run([.integer(message.row)])
            } else if let known = try remembered(hash.column), known.expiry == nil, known.at >= at {
                return false
            }
            try remember(hash, of: account, at: at, until: until)
            return true
        case .revocation(let account, let token, let at, let isRevoked):
            let new = Revocation(token: token, at: at, isRevoked: isRevoked)
            if let known = try revocation(of: token, account), !new.supersedes(known) { return false }
            try put(new, of: account)
            // One that is older than the newest of the account is forgotten at once, and no news.
            return try revocation(of: token, account) == new
        }
    }

    /// Takes over an expiry that was set elsewhere, unless the one here was set later, or at the same moment to a later
    /// time. Inside the transaction under way; times are in milliseconds since 1970.
    /// - Returns: whether it was taken over.
    func setExpiry(of here: KnownMessage, to expiry: Int64, ifLaterAt moment: Int64) throws(StorageError) -> Bool {
        guard (moment, expiry) > (here.expiryChanged, here.expiry) else { return false }
        try setExpiry(of: here.row, to: expiry, at: moment)
        return true
    }

    /// Changes an expiry for its owner, inside the transaction under way. Times are in milliseconds since 1970.
    func setExpiry(of row: Int64, to expiry: Int64, at moment: Int64) throws(StorageError) {
        try changes.setExpiry.run([.integer(expiry), .integer(moment), .integer(row)])
        latest.note(moment)
    }

    /// Remembers a deletion, inside the transaction under way. Times are in milliseconds since 1970.
    func remember(
        _ hash: MessageHash, of account: AccountID, at moment: Int64, until end: Int64
    ) throws(StorageError) {
        try changes.remember.run([hash.column, account.column, .integer(moment), .integer(end)])
        latest.note(moment)
    }

    /// What is remembered of a message that is not here any more.
    func remembered(_ hash: SQLiteStatement.Value) throws(StorageError) -> (at: Int64, expiry: Int64?)? {
        var found: (Int64, Int64?)?
        try changes.remembered.run([hash]) { row throws(StorageError) in
            found = (row.integer(0), row.isNull(1) ? nil : row.integer(1))
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
