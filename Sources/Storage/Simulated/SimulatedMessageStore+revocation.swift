import SessionProtocol

/// Which subaccounts may act no more (storage-node §5).
extension SimulatedMessageStore {
    public func revoke(_ tokens: [Bytes], of account: AccountID, at now: Int64) async throws(StorageError) {
        await takeTurn()
        defer { endTurn() }
        let before = try known(of: account)
        var after = before
        for token in tokens { after.revoke(token, at: now) }
        try await keep(after, of: account, insteadOf: before, toDo: "revoke subaccounts")
    }

    public func unrevoke(
        _ tokens: [Bytes], of account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int {
        await takeTurn()
        defer { endTurn() }
        let before = try known(of: account)
        var after = before
        var count = 0
        for token in tokens where after.contains(where: { $0.token == token && $0.isRevoked }) {
            after.lift(token, at: now)
            count += 1
        }
        try await keep(after, of: account, insteadOf: before, toDo: "allow subaccounts again")
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

    private func keep(
        _ after: [Revocation], of account: AccountID, insteadOf before: [Revocation], toDo operation: String
    ) async throws(StorageError) {
        var transaction = WriteTransaction()
        if after != before { transaction.revocations = [(account, after)] }
        try await write(transaction, toDo: operation)
    }
}

extension [Revocation] {
    /// Takes in what is known of a token elsewhere, if that is later than what is known here.
    /// - Returns: whether anything changed.
    mutating func note(_ new: Revocation) -> Bool {
        if let known = first(where: { $0.token == new.token }) {
            guard new.supersedes(known) else { return false }
        }
        set(new)
        return true
    }

    mutating func revoke(_ token: Bytes, at now: Int64) {
        let known = first { $0.token == token }
        if let known, known.isRevoked, known.at >= now { return }
        set(Revocation(token: token, at: now.later(than: known?.at), isRevoked: true))
    }

    mutating func lift(_ token: Bytes, at now: Int64) {
        let known = first { $0.token == token }
        set(Revocation(token: token, at: now.later(than: known?.at), isRevoked: false))
    }

    private mutating func set(_ new: Revocation) {
        removeAll { $0.token == new.token }
        append(new)
        let newest = indices.filter { self[$0].isRevoked == new.isRevoked }
            .sorted { (self[$0].at, $0) > (self[$1].at, $1) }
        for index in newest.dropFirst(Limits.revokedSubaccounts).sorted(by: >) { remove(at: index) }
    }
}
