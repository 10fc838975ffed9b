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
                for hash in part {
                    if let own = try file.own(hash, of: account) {
                        moment = max(moment, own.changeableAt)
                    } else if try file.known(hash.column) == nil {
                        let name = OwnedHash(hash: hash, account: account)
                        let gone = try file.remembered(name)
                        let orders = try file.orders(for: name)
                        moment = [gone?.at, orders.awaited?.at].compactMap { $0?.following }.reduce(moment, max)
                    }
                }
            }
        case .mailboxes(let mailboxes):
            let latest = try await inParts(of: mailboxes) { file, place throws(StorageError) in
                let part = try file.part(of: account, at: place)
                return (part, part.messages.map(\.own.changeableAt).max().map { [$0] } ?? [])
            }
            let asked = try open().standing(of: account).map(\.at.following)
            moment = (latest + asked).reduce(now, max)
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
                    guard let message = try file.own(hash, of: account) else {
                        _ = try file.noteDeletion(hash, of: account, at: moment, .spare)
                        continue
                    }
                    guard message.storedAt <= moment else { continue }
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
        let order = StandingOrder(mailboxes, .deletion(sentUpTo: limit ?? .max), at: moment)
        return try await inParts(of: mailboxes) { file, place throws(StorageError) in
            try file.changeDeleting { () throws(StorageError) in
                _ = try file.note(order, of: account, .spare)
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

    /// Deletes a message for its owner, and remembers that, inside the transaction under way.
    func delete(
        _ message: KnownMessage, named hash: MessageHash, of account: AccountID, at moment: Int64
    ) throws(StorageError) {
        try changes.removeOwn.run([.integer(message.row)])
        let until = RemovalLimits.until(deletedAt: moment, expiry: message.expiry, changedAt: message.expiryChanged)
        try remember(Removal(at: moment, until: until), of: OwnedHash(hash: hash, account: account))
    }
}
