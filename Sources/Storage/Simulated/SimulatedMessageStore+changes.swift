import SessionProtocol

/// What nodes that missed something are told.
extension SimulatedMessageStore {
    public func changes(
        since moment: Int64, after last: StoredChange?, limit: Int
    ) async throws(StorageError) -> [StoredChange] {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "list changes")
        let all = try disk.read(by: holder) { contents in
            contents.table.changedRows.map(\.message).map { message in
                StoredChange.expiry(
                    account: message.account, hash: message.hash, expiry: message.expiry,
                    changedAt: message.expiryChanged)
            }
                + contents.removals.map { name, gone in
                    if let expiry = gone.expiry {
                        return .expiry(account: name.account, hash: name.hash, expiry: expiry, changedAt: gone.at)
                    }
                    return .removal(account: name.account, hash: name.hash, at: gone.at, until: gone.until)
                }
                + contents.awaited.map { name, awaited in
                    .awaitedExpiry(account: name.account, hash: name.hash, bounds: awaited.bounds, at: awaited.at)
                }
                + contents.standing.flatMap { account, orders in
                    orders.map { .standingOrder(account: account, $0) }
                }
                + contents.revocations.flatMap { account, known in
                    known.map {
                        .revocation(account: account, token: $0.token, at: $0.at, isRevoked: $0.isRevoked)
                    }
                }
        }
        let wanted = all.filter { $0.moment >= moment && last?.precedes($0) ?? true }
        return Array(wanted.inOrder.prefix(max(limit, 0)))
    }

    public func apply(_ changes: [StoredChange]) async throws(StorageError) -> Int {
        await takeTurn()
        defer { endTurn() }
        let sweptAt = sweptAt
        let (transaction, count) = try disk.read(by: holder) { contents in
            var plan = ChangePlan(contents: contents, index: index)
            plan.sweptAt = sweptAt
            for change in changes { plan.add(change) }
            return (plan.transaction, plan.count)
        }
        try await write(transaction, toDo: "take over changes")
        return count
    }

    public func remember(
        _ request: OwnersRequest, of account: AccountID, at moment: Int64
    ) async throws(StorageError) {
        await takeTurn()
        defer { endTurn() }
        let (transaction, isWhole) = try disk.read(by: holder) { contents in
            var plan = ChangePlan(contents: contents, index: index)
            let isWhole = plan.remember(request, of: account, at: moment)
            return (plan.transaction, isWhole)
        }
        try await write(transaction, toDo: "remember what owners ask for")
        if !isWhole { throw .full }
    }
}
