import SessionProtocol

/// What falls due, and what owners change about that.
extension SQLiteMessageStore {
    /// So many rows go at once; other calls get their turn before the next ones.
    private static let rowsPerSweep = 5_000

    public func removeExpired(at now: Int64) async throws(StorageError) -> Int {
        var total = 0
        while true {
            let file = try open()
            let (messages, others) = try file.sweep(at: now, limit: Self.rowsPerSweep)
            total += messages
            guard max(messages, others) == Self.rowsPerSweep else { return total }
            await Task.yield()
        }
    }

    public func shortenAll(
        of account: AccountID, in mailboxes: MailboxSelection, to expiry: Int64, at now: Int64
    ) throws(StorageError) -> [MessageName] {
        let file = try open()
        return try file.change(toDo: "change expiries") { () throws(StorageError) in
            var rows: [Int64] = []
            var names: [MessageName] = []
            let values = [account.column, mailboxes.column, .integer(expiry)]
            try file.changes.laterExpiring.run(values) { row throws(StorageError) in
                rows.append(row.integer(0))
                names.append(MessageName(namespace: try file.namespace(row, 1), hash: try file.hash(row, 2)))
                return true
            }
            for row in rows { try file.setExpiry(of: row, to: expiry, at: now) }
            return names.sorted()
        }
    }

    public func expire(
        _ expiries: [(hash: MessageHash, expiry: Int64)], of account: AccountID, change: ExpiryChange, at now: Int64
    ) throws(StorageError) -> ExpiryReceipt {
        let file = try open()
        return try file.change(toDo: "change expiries") { () throws(StorageError) in
            var receipt = ExpiryReceipt()
            for (hash, expiry) in expiries {
                guard let known = try file.own(hash, of: account) else { continue }
                let applies = change.applies(to: known.expiry, new: expiry)
                if applies { try file.setExpiry(of: known.row, to: expiry, at: now) }
                receipt.note(hash, updated: applies, expiry: applies ? expiry : known.expiry)
            }
            return receipt
        }
    }

    public func expiries(
        of hashes: [MessageHash], account: AccountID
    ) throws(StorageError) -> [MessageHash: Int64] {
        let file = try open()
        var expiries: [MessageHash: Int64] = [:]
        for hash in hashes {
            if let known = try file.own(hash, of: account) { expiries[hash] = known.expiry }
        }
        return expiries
    }
}

extension MailboxSelection {
    /// NULL stands for all.
    var column: SQLiteStatement.Value {
        switch self {
        case .one(let namespace): namespace.column
        case .all: .null
        }
    }
}

extension MessageFile {
    /// Forgets at most so many messages and so many of the other things that need not be remembered any more.
    fileprivate func sweep(at now: Int64, limit: Int) throws(StorageError) -> (messages: Int, others: Int) {
        let values: [SQLiteStatement.Value] = [.integer(now), .integer(Int64(limit))]
        let (lifted, overflow) = now.subtractingReportingOverflow(RevocationLimits.liftedMilliseconds)
        return try change(toDo: "remove expired messages") { () throws(StorageError) in
            try sweeps.rememberLapsed.run(values)
            let messages = try deleting { () throws(StorageError) in
                try sweeps.removeExpired.run(values)
                return connection.changedRows
            }
            try sweeps.forgetRemovals.run(values)
            let others = connection.changedRows
            try sweeps.forgetLifted.run([.integer(overflow ? .min : lifted)])
            return (messages, others)
        }
    }
}
