import SessionProtocol

/// What nodes hand over to each other.
extension SimulatedMessageStore {
    public func insert(_ messages: [StoredMessage]) async throws(StorageError) -> InsertReceipt {
        await takeTurn()
        defer { endTurn() }
        let sweptAt = sweptAt
        let (transaction, operation) = try disk.read(by: holder) { contents in
            let table = contents.table
            var transaction = WriteTransaction()
            var operation: String?
            var replaced: Set<MessageHash> = []
            for copy in messages.withoutSuperseded {
                let orders = contents.orders(for: copy.owned)
                if let row = index.row(of: copy.hash), !replaced.contains(copy.hash) {
                    let known = table.indexed(row).message.times
                    let times = known.joined(with: copy.shortened(by: orders.standing).times)
                    if times != known {
                        let isChanged = (times.expiry, times.expiryChanged) != (known.expiry, known.expiryChanged)
                        operation = operation ?? (isChanged ? "change messages" : "store a message")
                        transaction.changed.append(
                            ChangedExpiry(
                                row: row, old: known.expiry, new: times.expiry, changedAt: times.expiryChanged,
                                storedAt: times.storedAt))
                    }
                    continue
                }
                let gone = contents.removals[copy.owned]
                let comer = copy.arriving(under: orders, sweptAt: sweptAt)
                guard let message = comer else { continue }
                if let gone, message.staysAway(deletedAt: gone.at, lapsedAt: gone.expiry) { continue }
                if message.namespace.isPublicOutbox {
                    let others = index.rows(of: message.account, message.namespace).map { table.indexed($0) }
                    guard others.allSatisfy({ message.supersedes($0.message) }) else { continue }
                    transaction.removed += others
                    replaced.formUnion(others.map(\.message.hash))
                }
                // As SQLite says which of the steps failed.
                operation = operation ?? (transaction.removed.isEmpty ? "store a message" : "replace an outbox message")
                if gone != nil { transaction.removals.append((message.owned, nil)) }
                if orders.awaited != nil { transaction.awaited.append((message.owned, nil)) }
                let row = contents.nextRow + Int64(transaction.inserted.count)
                transaction.inserted.append(
                    StoredRow(row: row, message: message.returning(after: gone?.at)))
            }
            return (transaction, operation)
        }
        try await write(transaction, toDo: operation ?? "store a message")
        return InsertReceipt(added: transaction.inserted.count, firstRow: transaction.inserted.first?.row)
    }

    public func entries(after hash: MessageHash?, limit: Int) async throws(StorageError) -> [StoredEntry] {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "list the store")
        let rows = index.rows(after: hash, limit: limit)
        return try disk.read(by: holder) { contents in
            rows.map { row in
                let message = contents.table.indexed(row).message
                return StoredEntry(
                    row: row, account: message.account, hash: message.hash, expiry: message.expiry,
                    expiryChanged: message.expiryChanged, dataBytes: message.data.count)
            }
        }
    }

    public func messages(named hashes: [MessageHash]) async throws(StorageError) -> [StoredMessage] {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "read messages")
        let rows = hashes.compactMap { index.row(of: $0) }
        return try disk.read(by: holder) { contents in rows.map { contents.table.indexed($0).message } }
    }

    public func remove(
        _ entries: [StoredEntry], if condition: @Sendable () -> Bool
    ) async throws(StorageError) -> Int {
        await takeTurn()
        defer { endTurn() }
        try disk.check(holder)
        guard condition() else { return 0 }
        let known = entries.filter { index.row(of: $0.hash) == $0.row }
        let removed = try disk.read(by: holder) { contents in
            known.map { ($0, contents.table.indexed($0.row)) }.filter { $0.expiry == $1.message.expiry }.map(\.1)
        }
        guard !removed.isEmpty else { return 0 }
        try await write(WriteTransaction(removed: removed), toDo: "forget messages handed over")
        return removed.count
    }
}
