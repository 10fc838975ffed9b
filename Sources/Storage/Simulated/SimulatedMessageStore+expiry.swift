import SessionProtocol

/// What falls due, and what owners change about that.
extension SimulatedMessageStore {
    public func removeExpired(at now: Int64) async throws(StorageError) -> Int {
        await takeTurn()
        defer { endTurn() }
        if index.isNothingDue(at: now) {
            try disk.check(holder)
            sweptAt = now
            return 0
        }
        let due = try disk.read(by: holder) { contents in index.takeDue(at: now, in: contents.table) }
        var transaction = try index.isNothingForgotten(at: now) ? WriteTransaction() : forgetting(at: now)
        transaction.removed = due
        transaction.lapse(due, at: now)
        // Entries of messages raised or replaced since can look due.
        if !transaction.isEmpty {
            do {
                try await write(transaction, toDo: "remove expired messages")
            } catch {
                index.putBack(due)
                throw error
            }
        }
        if !index.isNothingForgotten(at: now) { try disk.read(by: holder) { index.noteForgetting(in: $0) } }
        sweptAt = now
        return due.count
    }

    /// Drops what need not be remembered any more.
    private func forgetting(at now: Int64) throws(StorageError) -> WriteTransaction {
        try disk.read(by: holder) { contents in
            var transaction = WriteTransaction()
            transaction.removals = contents.removals.filter { $0.value.until <= now }
                .sorted { $0.key < $1.key }.map { ($0.key, nil) }
            transaction.awaited = contents.awaited.filter { OrderLimits.isOver($0.value.at, at: now) }
                .sorted { $0.key < $1.key }.map { ($0.key, nil) }
            for (account, orders) in contents.standing.sorted(by: { $0.key < $1.key }) {
                let left = orders.filter { !OrderLimits.isOver($0.at, at: now) }
                if left.count < orders.count { transaction.standing.append((account, left)) }
            }
            for (account, known) in contents.revocations.sorted(by: { $0.key < $1.key }) {
                let left = known.filter { $0.isRevoked || $0.forgottenAt > now }
                if left.count < known.count { transaction.revocations.append((account, left)) }
            }
            return transaction
        }
    }

    public func shortenAll(
        of account: AccountID, in mailboxes: MailboxSelection, to expiry: Int64, at moment: Int64
    ) async throws(StorageError) -> [MessageName] {
        await takeTurn()
        defer { endTurn() }
        let rows = index.rows(of: account, in: mailboxes)
        let order = StandingOrder(mailboxes, .shortening(to: expiry), at: moment)
        let (later, noted) = try disk.read(by: holder) { contents in
            var plan = ChangePlan(contents: contents, index: index)
            _ = plan.note(order, of: account, .spare)
            let later = rows.map { contents.table.indexed($0) }.filter { $0.takes(expiry, .shorten, at: moment) }
            return (later, plan.transaction)
        }
        var transaction = noted
        transaction.changed = later.map {
            ChangedExpiry(row: $0.row, old: $0.message.expiry, new: expiry, changedAt: moment)
        }
        try await write(transaction, toDo: "change expiries")
        return later.map(\.name).sorted()
    }

    public func expire(
        _ expiries: [(hash: MessageHash, expiry: Int64)], of account: AccountID, change: ExpiryChange, at moment: Int64
    ) async throws(StorageError) -> ExpiryReceipt {
        await takeTurn()
        defer { endTurn() }
        var receipt = ExpiryReceipt()
        var transaction = try disk.read(by: holder) { contents in
            var plan = ChangePlan(contents: contents, index: index)
            _ = plan.noteExpiries(expiries, change, of: account, at: moment, .spare)
            return plan.transaction
        }
        var inForce: [Int64: Int64] = [:]
        for (hash, expiry) in expiries {
            guard let row = index.row(of: hash) else { continue }
            let stored = try disk.read(by: holder) { $0.table.indexed(row) }
            guard stored.message.account == account else { continue }
            let old = inForce[row] ?? stored.message.expiry
            let applies =
                inForce[row].map { change.applies(to: $0, new: expiry) }
                ?? change.applies(to: stored.message.times, new: expiry, at: moment)
            if applies {
                transaction.changed.append(ChangedExpiry(row: row, old: old, new: expiry, changedAt: moment))
                inForce[row] = expiry
            }
            receipt.note(hash, updated: applies, expiry: applies ? expiry : old)
        }
        try await write(transaction, toDo: "change expiries")
        return receipt
    }

    public func expiries(
        of hashes: [MessageHash], account: AccountID
    ) async throws(StorageError) -> [MessageHash: Int64] {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "read expiries")
        let rows = hashes.compactMap { index.row(of: $0) }
        return try disk.read(by: holder) { contents in
            let messages = rows.map { contents.table.indexed($0).message }.filter { $0.account == account }
            return Dictionary(messages.map { ($0.hash, $0.expiry) }) { first, _ in first }
        }
    }
}

extension StoredRow {
    var name: MessageName { MessageName(namespace: message.namespace, hash: message.hash) }

    fileprivate func takes(_ new: Int64, _ change: ExpiryChange, at moment: Int64) -> Bool {
        change.applies(to: message.times, new: new, at: moment)
    }
}
