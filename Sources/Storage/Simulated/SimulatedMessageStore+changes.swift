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
                StoredChange.expiry(hash: message.hash, expiry: message.expiry, changedAt: message.expiryChanged)
            }
                + contents.removals.map { hash, gone in
                    if let expiry = gone.expiry { return .expiry(hash: hash, expiry: expiry, changedAt: gone.at) }
                    return .removal(account: gone.account, hash: hash, at: gone.at, until: gone.until)
                }
                + contents.revocations.flatMap { account, known in
                    known.map {
                        .revocation(account: account, token: $0.token, at: $0.at, isRevoked: $0.isRevoked)
                    }
                }
        }
        let wanted = all.filter { $0.moment >= moment && last?.precedes($0) ?? true }
        return Array(wanted.sorted { $0.precedes($1) }.prefix(max(limit, 0)))
    }

    public func apply(_ changes: [StoredChange]) async throws(StorageError) -> Int {
        await takeTurn()
        defer { endTurn() }
        let (transaction, count) = try disk.read(by: holder) { contents in
            var plan = ChangePlan(contents: contents, index: index)
            for change in changes { plan.add(change) }
            return (plan.transaction, plan.count)
        }
        try await write(transaction, toDo: "take over changes")
        return count
    }
}

/// What changes made elsewhere come to here, one after another.
private struct ChangePlan {
    let contents: DiskContents
    let index: MessageIndex
    /// How many of them change something.
    private(set) var count = 0
    // Where earlier ones of the same plan have led.
    private var changed: [Int64: ChangedExpiry] = [:]
    private var deleted: [Int64: StoredRow] = [:]
    private var removals: [MessageHash: Removal] = [:]
    private var revocations: [AccountID: [Revocation]] = [:]

    init(contents: DiskContents, index: MessageIndex) {
        self.contents = contents
        self.index = index
    }

    var transaction: WriteTransaction {
        var transaction = WriteTransaction()
        transaction.removed = deleted.values.sorted { $0.row < $1.row }
        transaction.changed = changed.values.filter { deleted[$0.row] == nil }.sorted { $0.row < $1.row }
        transaction.removals = removals.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        transaction.revocations = revocations.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return transaction
    }

    mutating func add(_ change: StoredChange) {
        switch change {
        case .expiry(let hash, let expiry, let at): if setExpiry(of: hash, to: expiry, at: at) { count += 1 }
        case .removal(let account, let hash, let at, let until):
            if remove(hash, Removal(account: account, at: at, until: until)) { count += 1 }
        case .revocation(let account, let token, let at, let isRevoked):
            var known = revocations[account] ?? contents.revocations[account] ?? []
            let noted = known.note(Revocation(token: token, at: at, isRevoked: isRevoked))
            if noted == .kept { count += 1 }
            if noted != .outdated { revocations[account] = known }
        }
    }

    private mutating func setExpiry(of hash: MessageHash, to expiry: Int64, at: Int64) -> Bool {
        guard let row = index.row(of: hash), deleted[row] == nil else { return false }
        let message = contents.table.indexed(row).message
        let inForce = changed[row]?.new ?? message.expiry
        let changedAt = changed[row]?.changedAt ?? message.expiryChanged
        guard (at, expiry) > (changedAt, inForce) else { return false }
        changed[row] = ChangedExpiry(row: row, old: message.expiry, new: expiry, changedAt: at)
        return true
    }

    private mutating func remove(_ hash: MessageHash, _ removal: Removal) -> Bool {
        if let row = index.row(of: hash), deleted[row] == nil {
            let stored = contents.table.indexed(row)
            guard stored.message.account == removal.account, stored.message.storedAt <= removal.at else {
                return false
            }
            deleted[row] = stored
        } else if let known = removals[hash] ?? contents.removals[hash], known.expiry == nil,
            known.at >= removal.at
        {
            return false
        }
        removals[hash] = removal
        return true
    }
}
