import SessionProtocol

/// What owners delete.
extension SimulatedMessageStore {
    public func changingMoment(
        of target: ChangeTarget, account: AccountID, at now: Int64
    ) throws(StorageError) -> Int64 {
        let rows: [Int64]
        switch target {
        case .messages(let hashes): rows = hashes.compactMap { index.row(of: $0) }
        case .mailboxes(let mailboxes): rows = index.rows(of: account, in: mailboxes)
        case .subaccounts(let tokens):
            let tokens = Set(tokens)
            return try disk.read(by: holder) { contents in
                let known = contents.revocations[account] ?? []
                return known.filter { tokens.contains($0.token) }.map(\.at.following).reduce(now, max)
            }
        }
        return try disk.read(by: holder) { contents in
            rows.map { contents.table.indexed($0) }.filter { $0.message.account == account }.map { stored in
                ChangingMoment.after(storedAt: stored.message.storedAt, expiryChanged: stored.message.expiryChanged)
            }.reduce(now, max)
        }
    }

    public func delete(
        _ hashes: [MessageHash], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> [MessageHash] {
        await takeTurn()
        defer { endTurn() }
        var seen: Set<MessageHash> = []
        let rows = hashes.filter { seen.insert($0).inserted }.compactMap { index.row(of: $0) }
        let own = try disk.read(by: holder) { contents in
            rows.map { contents.table.indexed($0) }
                .filter { $0.message.account == account && $0.message.storedAt <= moment }
        }
        try await delete(own, at: moment)
        return own.map(\.message.hash)
    }

    public func deleteAll(
        of account: AccountID, in mailboxes: MailboxSelection, sentUpTo limit: Int64?, at moment: Int64
    ) async throws(StorageError) -> [MessageName] {
        await takeTurn()
        defer { endTurn() }
        let rows = index.rows(of: account, in: mailboxes)
        let affected = try disk.read(by: holder) { contents in
            rows.map { contents.table.indexed($0) }
                .filter { $0.message.timestamp <= limit ?? .max && $0.message.storedAt <= moment }
        }
        try await delete(affected, at: moment)
        return affected.map(\.name).sorted()
    }

    private func delete(_ rows: [StoredRow], at moment: Int64) async throws(StorageError) {
        var transaction = WriteTransaction()
        transaction.delete(rows, at: moment)
        try await write(transaction, toDo: "delete messages")
    }
}
