import SessionProtocol

/// What owners delete.
extension SQLiteMessageStore {
    public func changingMoment(
        of target: ChangeTarget, account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int64 {
        var moment = now
        switch target {
        case .messages(let hashes):
            try await inParts(hashes) { file, part throws(StorageError) in
                for hash in part { try file.own(hash, of: account).map { moment = max(moment, $0.changeableAt) } }
            }
        case .mailboxes(let mailboxes):
            let latest = try await inParts(of: mailboxes) { file, place throws(StorageError) in
                let part = try file.part(of: account, at: place)
                return (part, part.messages.map(\.own.changeableAt).max().map { [$0] } ?? [])
            }
            moment = latest.reduce(now, max)
        case .subaccounts(let tokens):
            let file = try open()
            for token in tokens {
                try file.revocation(of: token, account).map { moment = max(moment, $0.at.following) }
            }
        }
        return moment
    }

    public func delete(
        _ hashes: [MessageHash], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> [MessageHash] {
        var deleted: [MessageHash] = []
        try await inParts(hashes) { file, part throws(StorageError) in
            deleted += try file.changeDeleting { () throws(StorageError) in
                var some: [MessageHash] = []
                for hash in part {
                    guard let message = try file.own(hash, of: account), message.storedAt <= moment else { continue }
                    try file.delete(message, named: hash, of: account, at: moment)
                    some.append(hash)
                }
                return some
            }
        }
        return deleted
    }

    public func deleteAll(
        of account: AccountID, in mailboxes: MailboxSelection, sentUpTo limit: Int64?, at moment: Int64
    ) async throws(StorageError) -> [MessageName] {
        try await inParts(of: mailboxes) { file, place throws(StorageError) in
            try file.changeDeleting { () throws(StorageError) in
                let part = try file.part(of: account, at: place)
                let old = part.messages.filter { $0.timestamp <= limit ?? .max && $0.own.storedAt <= moment }
                for message in old { try file.delete(message.own, named: message.name.hash, of: account, at: moment) }
                return (part, old.map(\.name))
            }
        }.sorted()
    }
}

extension MessageFile {
    fileprivate func changeDeleting<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try change(toDo: "delete messages") { () throws(StorageError) in try deleting(body) }
    }

    fileprivate func delete(
        _ message: KnownMessage, named hash: MessageHash, of account: AccountID, at moment: Int64
    ) throws(StorageError) {
        try changes.removeOwn.run([.integer(message.row)])
        let until = RemovalLimits.until(deletedAt: moment, expiry: message.expiry, changedAt: message.expiryChanged)
        try remember(hash, of: account, at: moment, until: until)
    }
}
