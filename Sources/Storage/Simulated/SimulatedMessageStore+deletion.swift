import SessionProtocol

/// What owners delete.
extension SimulatedMessageStore {
    public func changingMoment(
        of target: ChangeTarget, account: AccountID, at now: Int64
    ) throws(StorageError) -> Int64 {
        let rows: [Int64]
        var names: [OwnedHash] = []
        switch target {
        case .messages(let hashes):
            rows = hashes.compactMap { index.row(of: $0) }
            names = hashes.filter { index.row(of: $0) == nil }.map { OwnedHash(hash: $0, account: account) }
        case .mailboxes(let mailboxes): rows = index.rows(of: account, in: mailboxes)
        case .subaccounts(let tokens):
            let tokens = Set(tokens)
            return try disk.read(by: holder) { contents in
                let known = contents.revocations[account] ?? []
                return known.filter { tokens.contains($0.token) }.map(\.at.following).reduce(now, max)
            }
        }
        return try disk.read(by: holder) { [names] contents in
            var moments = rows.map { contents.table.indexed($0) }.filter { $0.message.account == account }.map {
                stored in
                ChangingMoment.after(storedAt: stored.message.storedAt, expiryChanged: stored.message.expiryChanged)
            }
            for name in names {
                moments += [contents.removals[name]?.at, contents.awaited[name]?.at].compactMap { $0?.following }
            }
            if case .mailboxes = target { moments += (contents.standing[account] ?? []).map(\.at.following) }
            return moments.reduce(now, max)
        }
    }

    public func delete(
        _ hashes: [MessageHash], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> [MessageHash] {
        await takeTurn()
        defer { endTurn() }
        var seen: Set<MessageHash> = []
        let distinct = hashes.filter { seen.insert($0).inserted }
        let (own, transaction) = try disk.read(by: holder) { contents in
            var plan = ChangePlan(contents: contents, index: index)
            let own = distinct.compactMap { index.row(of: $0) }.map { contents.table.indexed($0) }
                .filter { $0.message.account == account && $0.message.storedAt <= moment }
            for hash in distinct where index.row(of: hash) == nil {
                _ = plan.noteDeletion(hash, of: account, at: moment, .spare)
            }
            plan.delete(own, at: moment)
            return (own, plan.transaction)
        }
        try await write(transaction, toDo: "delete messages")
        return own.map(\.message.hash)
    }

    public func deleteAll(
        of account: AccountID, in mailboxes: MailboxSelection, sentUpTo limit: Int64?, at moment: Int64
    ) async throws(StorageError) -> [MessageName] {
        await takeTurn()
        defer { endTurn() }
        let rows = index.rows(of: account, in: mailboxes)
        let order = StandingOrder(mailboxes, .deletion(sentUpTo: limit ?? .max), at: moment)
        let (affected, transaction) = try disk.read(by: holder) { contents in
            var plan = ChangePlan(contents: contents, index: index)
            let affected = rows.map { contents.table.indexed($0) }
                .filter { $0.message.timestamp <= limit ?? .max && $0.message.storedAt <= moment }
            _ = plan.note(order, of: account, .spare)
            plan.delete(affected, at: moment)
            return (affected, plan.transaction)
        }
        try await write(transaction, toDo: "delete messages")
        return affected.map(\.name).sorted()
    }
}
