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
                guard let message = try file.own(hash, of: account) else { continue }
                try file.delete(message, named: hash, of: account, at: now)
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
            var messages: [(name: MessageName, found: MessageFile.KnownMessage)] = []
            let values = [account.column, mailboxes.column, .integer(limit ?? .max)]
            try file.changes.sentUpTo.run(values) { row throws(StorageError) in
                let name = MessageName(namespace: try file.namespace(row, 4), hash: try file.hash(row, 5))
                messages.append((name, MessageFile.KnownMessage(row)))
                return true
            }
            for (name, found) in messages { try file.delete(found, named: name.hash, of: account, at: now) }
            return messages.map(\.name).sorted()
        }
    }
}

extension MessageFile {
    fileprivate func changeDeleting<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try change(toDo: "delete messages") { () throws(StorageError) in try deleting(body) }
    }

    fileprivate func delete(
        _ message: KnownMessage, named hash: MessageHash, of account: AccountID, at now: Int64
    ) throws(StorageError) {
        try changes.removeOwn.run([.integer(message.row)])
        let (at, until) = RemovalLimits.deletion(
            at: now, storedAt: message.storedAt, expiry: message.expiry, changedAt: message.expiryChanged)
        try remember(hash, of: account, at: at, until: until)
    }
}
