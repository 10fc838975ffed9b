import SessionProtocol

/// What owners delete.
extension SQLiteMessageStore {
    public func delete(
        _ hashes: [MessageHash], of account: AccountID, at now: Int64
    ) throws(StorageError) -> [MessageHash] {
        let file = try open()
        return try file.changeDeleting { () throws(StorageError) in
            var deleted: [MessageHash] = []
            for hash in hashes {
                guard let known = try file.own(hash, of: account) else { continue }
                let message = DeletedMessage(
                    row: known.row, name: MessageName(namespace: .inbox, hash: hash), storedAt: known.storedAt,
                    expiry: known.expiry, expiryChanged: known.expiryChanged)
                try file.delete(message, of: account, at: now)
                deleted.append(hash)
            }
            return deleted
        }
    }

    public func deleteAll(
        of account: AccountID, in mailboxes: MailboxSelection, sentUpTo limit: Int64?, at now: Int64
    ) throws(StorageError) -> [MessageName] {
        let file = try open()
        return try file.changeDeleting { () throws(StorageError) in
            var messages: [DeletedMessage] = []
            let values = [account.column, mailboxes.column, .integer(limit ?? .max)]
            try file.changes.sentUpTo.run(values) { row throws(StorageError) in
                let name = MessageName(namespace: try file.namespace(row, 1), hash: try file.hash(row, 2))
                messages.append(
                    DeletedMessage(
                        row: row.integer(0), name: name, storedAt: row.integer(3), expiry: row.integer(4),
                        expiryChanged: row.integer(5)))
                return true
            }
            for message in messages { try file.delete(message, of: account, at: now) }
            return messages.map(\.name).sorted()
        }
    }
}

/// Times are in milliseconds since 1970.
private struct DeletedMessage {
    let row: Int64
    let name: MessageName
    let storedAt: Int64
    let expiry: Int64
    let expiryChanged: Int64
}

extension MessageFile {
    fileprivate func changeDeleting<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try change(toDo: "delete messages") { () throws(StorageError) in try deleting(body) }
    }

    fileprivate func delete(_ message: DeletedMessage, of account: AccountID, at now: Int64) throws(StorageError) {
        try changes.removeOwn.run([.integer(message.row)])
        // Whoever accepted it may have a fast clock; a deletion never comes before what it deletes.
        let at = max(now, message.storedAt)
        try remember(
            message.name.hash, of: account, at: at,
            until: RemovalLimits.until(deletedAt: at, expiry: message.expiry, changedAt: message.expiryChanged))
    }
}
