import SessionProtocol

/// What owners delete.
extension SimulatedMessageStore {
    public func delete(
        _ hashes: [MessageHash], of account: AccountID, at now: Int64
    ) async throws(StorageError) -> [MessageHash] {
        await takeTurn()
        defer { endTurn() }
        var seen: Set<MessageHash> = []
        let rows = hashes.filter { seen.insert($0).inserted }.compactMap { index.row(of: $0) }
        let own = try disk.read(by: holder) { contents in
            rows.map { contents.table.indexed($0) }.filter { $0.message.account == account }
        }
        try await delete(own, at: now)
        return own.map(\.message.hash)
    }

    public func deleteAll(
        of account: AccountID, in mailboxes: MailboxSelection, sentUpTo limit: Int64?, at now: Int64
    ) async throws(StorageError) -> [MessageName] {
        await takeTurn()
        defer { endTurn() }
        let rows = index.rows(of: account, in: mailboxes)
        let affected = try disk.read(by: holder) { contents in
            rows.map { contents.table.indexed($0) }.filter { $0.message.timestamp <= limit ?? .max }
        }
        try await delete(affected, at: now)
        return affected.map(\.name).sorted()
    }

    private func delete(_ rows: [StoredRow], at now: Int64) async throws(StorageError) {
        var transaction = WriteTransaction()
        transaction.delete(rows, at: now)
        try await write(transaction, toDo: "delete messages")
    }
}
