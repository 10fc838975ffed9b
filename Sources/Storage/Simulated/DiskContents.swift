import SessionProtocol

/// What lies on a disk: the table as the operating system shows it, and a log of what was not yet synced.
///
/// A write is a run of steps closed by a commit mark. Each step goes to the table at once and leaves in the log what
/// takes it back: that needs no second copy of a message, where a log to be replayed would. A run without its mark is
/// a torn write. A sync empties the log, and with it goes the last of what was deleted before.
struct DiskContents: Sendable {
    private enum Step: Sendable {
        case inserted(Int64)
        case changed(Int64, from: MessageTable.Times)
        indirect case removed(StoredRow)
        indirect case remembered(OwnedHash, before: Removal?)
        indirect case awaited(OwnedHash, before: AwaitedExpiry?)
        indirect case standing(AccountID, before: [StandingOrder])
        indirect case revocations(AccountID, before: [Revocation])
        case commit
    }

    private(set) var table = MessageTable()
    /// The row of the next message. Never goes back but by a power cut, and then with all that used the rows.
    private(set) var nextRow: Int64 = 1
    /// Of deleted messages.
    private(set) var removals: [OwnedHash: Removal] = [:]
    /// What was asked for of messages that are not here.
    private(set) var awaited: [OwnedHash: AwaitedExpiry] = [:]
    /// Never empty for an account that is in it.
    private(set) var standing: [AccountID: [StandingOrder]] = [:]
    /// Never empty for an account that is in it.
    private(set) var revocations: [AccountID: [Revocation]] = [:]
    private var log: [Step] = []
    /// Since the last sync.
    private(set) var unsyncedCommits = 0
    private(set) var unsyncedBytes = 0

    mutating func commit(_ transaction: WriteTransaction) {
        write(transaction, steps: .max)
        log.append(.commit)
        unsyncedCommits += 1
        unsyncedBytes += transaction.logBytes
    }

    /// Writes the first half of it, and at least one step, without its commit mark.
    mutating func tear(_ transaction: WriteTransaction) {
        write(transaction, steps: (transaction.stepCount + 1) / 2)
    }

    /// What is remembered that concerns a message which comes in.
    func orders(for name: OwnedHash) -> ArrivalOrders {
        guard !awaited.isEmpty || !standing.isEmpty else { return .none }
        return ArrivalOrders(awaited: awaited[name], standing: standing[name.account] ?? [])
    }

    private mutating func write(_ transaction: WriteTransaction, steps: Int) {
        var left = steps
        for removed in transaction.removed where left > 0 {
            table.remove(removed.row)
            log.append(.removed(removed))
            left -= 1
        }
        for changed in transaction.changed where left > 0 {
            let before = table.setTimes(
                of: changed.row,
                to: MessageTable.Times(
                    expiry: changed.new, expiryChanged: changed.changedAt, storedAt: changed.storedAt))
            if let before { log.append(.changed(changed.row, from: before)) }
            left -= 1
        }
        for inserted in transaction.inserted where left > 0 {
            table.insert(inserted)
            nextRow = inserted.row + 1
            log.append(.inserted(inserted.row))
            left -= 1
        }
        for (name, removal) in transaction.removals where left > 0 {
            log.append(.remembered(name, before: removals[name]))
            removals[name] = removal
            left -= 1
        }
        for (name, expiry) in transaction.awaited where left > 0 {
            log.append(.awaited(name, before: awaited[name]))
            awaited[name] = expiry
            left -= 1
        }
        for (account, orders) in transaction.standing where left > 0 {
            log.append(.standing(account, before: standing[account] ?? []))
            standing[account] = orders.isEmpty ? nil : orders
            left -= 1
        }
        for (account, known) in transaction.revocations where left > 0 {
            log.append(.revocations(account, before: revocations[account] ?? []))
            revocations[account] = known.isEmpty ? nil : known
            left -= 1
        }
    }

    private mutating func takeBack(_ step: Step) {
        switch step {
        case .inserted(let row):
            table.remove(row)
            nextRow = row
        case .changed(let row, let before): _ = table.setTimes(of: row, to: before)
        case .removed(let row): table.insert(row)
        case .remembered(let name, let removal): removals[name] = removal
        case .awaited(let name, let expiry): awaited[name] = expiry
        case .standing(let account, let orders): standing[account] = orders.isEmpty ? nil : orders
        case .revocations(let account, let known): revocations[account] = known.isEmpty ? nil : known
        case .commit: unsyncedCommits -= 1
        }
    }

    /// Takes back a write that has no commit mark.
    mutating func dropTornWrite() {
        while let last = log.last {
            if case .commit = last { return }
            takeBack(log.removeLast())
        }
    }

    /// Forces everything to the platter.
    mutating func sync() {
        log = []
        unsyncedCommits = 0
        unsyncedBytes = 0
    }

    /// Goes back to the last sync and the given number of commits after it, which are on the platter from then on.
    mutating func loseUnsynced(butFirst surviving: Int) {
        dropTornWrite()
        while unsyncedCommits > max(surviving, 0), let mark = log.popLast() {
            takeBack(mark)
            dropTornWrite()
        }
        sync()
    }
}
