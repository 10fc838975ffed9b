import SessionProtocol

/// Which subaccounts may act no more (storage-node §5).
extension SimulatedMessageStore {
    public func revoke(_ tokens: [Bytes], of account: AccountID, at moment: Int64) async throws(StorageError) {
        await takeTurn()
        defer { endTurn() }
        var known = try known(of: account)
        var isChanged = false
        for token in tokens {
            let noted = known.note(Revocation(token: token, at: moment, isRevoked: true))
            if noted != .outdated { isChanged = true }
        }
        try await keep(isChanged ? known : nil, of: account, toDo: "revoke subaccounts")
    }

    public func unrevoke(
        _ tokens: [Bytes], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> Int {
        await takeTurn()
        defer { endTurn() }
        let (transaction, count) = try disk.read(by: holder) { contents in
            var plan = ChangePlan(contents: contents, index: index)
            var count = 0
            for token in tokens where plan.lift(token, of: account, at: moment, .spare).wasRevoked { count += 1 }
            return (plan.transaction, count)
        }
        try await write(transaction, toDo: "allow subaccounts again")
        return count
    }

    public func isRevoked(_ token: Bytes, of account: AccountID) async throws(StorageError) -> Bool {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "check a subaccount")
        return try known(of: account).contains { $0.token == token && $0.isRevoked }
    }

    private func known(of account: AccountID) throws(StorageError) -> [Revocation] {
        try disk.read(by: holder) { $0.revocations[account] ?? [] }
    }

    /// - Parameter known: `nil` when nothing changed.
    private func keep(
        _ known: [Revocation]?, of account: AccountID, toDo operation: String
    ) async throws(StorageError) {
        var transaction = WriteTransaction()
        if let known { transaction.revocations = [(account, known)] }
        try await write(transaction, toDo: operation)
    }
}

extension [Revocation] {
    /// Takes in what became of a token, if that is later than what is known here.
    mutating func note(_ new: Revocation) -> NotedRevocation {
        if let known = first(where: { $0.token == new.token }), !new.supersedes(known) { return .outdated }
        set(new)
        return contains(new) ? .kept : .forgotten
    }

    private mutating func set(_ new: Revocation) {
        removeAll { $0.token == new.token }
        append(new)
        let newest = indices.filter { self[$0].isRevoked == new.isRevoked }
            .sorted { (self[$0].at, $0) > (self[$1].at, $1) }
        for index in newest.dropFirst(Limits.revokedSubaccounts).sorted(by: >) { remove(at: index) }
    }
}

/// What came of what became of a token.
enum NotedRevocation {
    /// Something later is known of it.
    case outdated
    /// What was known of it before is not known any more, nor is this: the newest of its kind are later.
    case forgotten
    case kept
}
