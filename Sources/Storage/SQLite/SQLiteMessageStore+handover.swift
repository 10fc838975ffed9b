import SessionProtocol

/// What nodes hand over to each other.
extension SQLiteMessageStore {
    public func insert(_ messages: [StoredMessage]) throws(StorageError) -> InsertReceipt {
        let file = try open()
        return try file.transaction(toDo: "keep messages handed over") { () throws(StorageError) in
            var added = 0
            var firstRow: Int64?
            for message in messages.withoutSuperseded {
                guard let row = try file.insert(message) else { continue }
                firstRow = firstRow ?? row
                added += 1
            }
            return InsertReceipt(added: added, firstRow: firstRow)
        }
    }

    public func entries(after hash: MessageHash?, limit: Int) throws(StorageError) -> [StoredEntry] {
        let file = try open()
        var entries: [StoredEntry] = []
        let values: [SQLiteStatement.Value] = [
            hash?.column ?? .blob([]), .integer(Int64(max(limit, 0))),
        ]
        try file.statements.entries.run(values) { row throws(StorageError) in
            entries.append(
                StoredEntry(
                    row: row.integer(0), account: try file.account(row, 2), hash: try file.hash(row, 1),
                    expiry: row.integer(3), expiryChanged: row.integer(4), dataBytes: Int(row.integer(5))))
            return true
        }
        return entries
    }

    public func messages(named hashes: [MessageHash]) throws(StorageError) -> [StoredMessage] {
        let file = try open()
        var messages: [StoredMessage] = []
        for hash in hashes {
            try file.statements.named.run([hash.column]) { row throws(StorageError) in
                messages.append(try file.message(row))
                return false
            }
        }
        return messages
    }

    public func remove(
        _ entries: [StoredEntry], if condition: @Sendable () -> Bool
    ) throws(StorageError) -> Int {
        let file = try open()
        guard condition() else { return 0 }
        return try file.transaction(toDo: "forget messages handed over") { () throws(StorageError) in
            try file.deleting { () throws(StorageError) in
                var removed = 0
                for entry in entries {
                    try file.statements.removeRow.run([.integer(entry.row), .integer(entry.expiry)])
                    removed += file.connection.changedRows
                }
                return removed
            }
        }
    }
}

extension MessageFile {
    /// Takes a message over inside the transaction under way.
    /// - Returns: its row; `nil` when it is known, was deleted after it was stored, or a later one is in its outbox.
    fileprivate func insert(_ message: StoredMessage) throws(StorageError) -> Int64? {
        let hash = message.hash.column
        if let known = try known(hash) {
            let times = known.times.joined(with: try shortened(message).times)
            if (times.expiry, times.expiryChanged) != (known.expiry, known.expiryChanged) {
                try setExpiry(of: known.row, to: times.expiry, at: times.expiryChanged)
            }
            if times.storedAt > known.storedAt {
                try statements.restamp.run([.integer(times.storedAt), .integer(known.row)])
            }
            return nil
        }
        guard let arrival = try arrival(of: message) else { return nil }
        if message.namespace.isPublicOutbox {
            let later = try statements.laterInOutbox.integer([
                message.account.column, message.namespace.column, .integer(message.timestamp), hash,
            ])
            guard later == nil else { return nil }
            try removeOthers(than: message, named: hash)
        }
        return try admit(arrival, named: hash)
    }
}
