import SessionProtocol

/// A node's messages on a ``SimulatedDisk``, with the answers of ``SQLiteMessageStore`` in every case (storage-node §11).
///
/// Calls run one after another in the order of their arrival, also while the disk keeps one of them waiting. On a disk
/// of ``DiskBehaviour/immediate`` no call suspends.
public actor SimulatedMessageStore: MessageStore {
    let disk: SimulatedDisk
    let holder: Int
    var index: MessageIndex
    /// What had expired by then has been removed, in milliseconds since 1970.
    var sweptAt = Int64.min
    private var turns = Turns()

    /// Opens the disk and recovers what a crash left half done.
    ///
    /// - Throws: ``StorageError/locked(path:)`` while another store has the disk open. A store lets go of it when it is
    ///   closed or released, and loses it to ``SimulatedDisk/crash(writeUnderWay:)``.
    public init(disk: SimulatedDisk) throws(StorageError) {
        self.disk = disk
        (holder, index) = try disk.open()
    }

    deinit { disk.close(holder, syncing: true) }

    public func close() async {
        await takeTurn()
        defer { endTurn() }
        guard disk.isHeld(by: holder) else { return }
        let synced = await disk.behaviour.before?(.sync) ?? .proceeds
        disk.close(holder, syncing: synced == .proceeds)
        // What it knew is of no use to a store without a disk.
        index = MessageIndex(DiskContents())
    }

    public func store(_ message: StoredMessage) async throws(StorageError) -> StoreReceipt {
        await takeTurn()
        defer { endTurn() }
        let (transaction, receipt) = try plan(message)
        let replaces = !transaction.removed.isEmpty
        try await write(transaction, toDo: replaces ? "replace an outbox message" : "store a message")
        return receipt
    }

    /// What storing the message would change, and the answer to it.
    private func plan(_ message: StoredMessage) throws(StorageError) -> (WriteTransaction, StoreReceipt) {
        let known = index.row(of: message.hash)
        let others =
            message.namespace.isPublicOutbox
            ? index.rows(of: message.account, message.namespace).filter { $0 != known } : []
        let sweptAt = sweptAt
        return try disk.read(by: holder) { contents in
            let table = contents.table
            let orders = contents.orders(for: message.owned)
            guard let known else {
                let gone = contents.removals[message.owned]
                guard let comer = message.arriving(under: orders, sweptAt: sweptAt),
                    gone.map({ !comer.staysAway(deletedAt: $0.at, lapsedAt: $0.expiry) }) ?? true
                else { return (WriteTransaction(), .late(message)) }
                let row = contents.nextRow
                var transaction = WriteTransaction(removed: others.map { table.indexed($0) })
                transaction.inserted = [
                    StoredRow(row: row, message: comer.returning(after: gone?.at))
                ]
                if gone != nil { transaction.removals = [(message.owned, nil)] }
                if orders.awaited != nil { transaction.awaited = [(message.owned, nil)] }
                return (transaction, StoreReceipt(outcome: .new, expiry: comer.expiry, row: row))
            }
            var transaction = WriteTransaction(removed: others.map { table.indexed($0) })
            let message = message.shortened(by: orders.standing)
            let kept = table.indexed(known).message
            let storedAt = max(message.storedAt, kept.storedAt)
            guard message.expiry > kept.expiry, message.storedAt >= kept.expiryChanged else {
                if storedAt > kept.storedAt {
                    transaction.changed = [
                        ChangedExpiry(
                            row: known, old: kept.expiry, new: kept.expiry, changedAt: kept.expiryChanged,
                            storedAt: storedAt)
                    ]
                }
                return (transaction, StoreReceipt(outcome: .exists, expiry: kept.expiry, row: known))
            }
            transaction.changed = [
                ChangedExpiry(
                    row: known, old: kept.expiry, new: message.expiry, changedAt: message.storedAt, storedAt: storedAt)
            ]
            return (transaction, StoreReceipt(outcome: .extended, expiry: message.expiry, row: known))
        }
    }

    public func storingMoment(
        of hash: MessageHash, in namespace: Namespace, of account: AccountID, at now: Int64
    ) throws(StorageError) -> Int64 {
        try disk.read(by: holder) { contents in
            let name = OwnedHash(hash: hash, account: account)
            return StoringMoment.after(
                goneAt: contents.removals[name]?.at,
                orderedAt: contents.orders(for: name).latestMoment(in: namespace),
                expiryChanged: index.row(of: hash).map { contents.table.indexed($0).message.expiryChanged }, now: now)
        }
    }

    public func retrieve(
        _ account: AccountID, _ namespace: Namespace, after hash: MessageHash?, limits: RetrieveLimits
    ) async throws(StorageError) -> MessagePage {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "retrieve messages")
        let rows = index.rows(of: account, namespace)
        let last = hash.flatMap { index.row(of: $0) }
        let start = last.flatMap { Self.position(of: $0, in: rows) }.map { $0 + 1 } ?? 0
        return try disk.read(by: holder) { contents in
            var messages: [StoredMessage] = []
            var bytes = 0
            for row in rows[start...] {
                let message = contents.table.indexed(row).message
                bytes += RetrieveLimits.cost(ofDataBytes: message.data.count)
                let fits = bytes <= limits.maximumBytes && messages.count < limits.maximumCount ?? .max
                guard fits || messages.isEmpty else { return MessagePage(messages: messages, more: true) }
                // As SQLite's: what clients are given does not tell when the expiry was set.
                messages.append(
                    message.dated(expiry: message.expiry, expiryChanged: 0, storedAt: message.storedAt))
            }
            return MessagePage(messages: messages, more: false)
        }
    }

    /// - Parameter rows: in order.
    private static func position(of row: Int64, in rows: [Int64]) -> Int? {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low < rows.count && rows[low] == row ? low : nil
    }

    public func messages(
        afterRow row: Int64, limit: Int
    ) async throws(StorageError) -> [(row: Int64, message: StoredMessage)] {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "list the store")
        return try disk.read(by: holder) { contents in
            contents.table.rows(after: row, limit: limit).map { ($0.row, $0.message) }
        }
    }
}

// Turns, and the way to the disk.
extension SimulatedMessageStore {
    /// Waits for the disk to be read.
    func read(toDo operation: String) async throws(StorageError) {
        guard let before = disk.behaviour.before else { return }
        try disk.check(holder)
        let outcome = await before(.read)
        try disk.check(holder)
        // 266 is SQLITE_IOERR_READ.
        if outcome != .proceeds { throw .failed(operation: operation, code: 266, message: "disk I/O error") }
    }

    /// Writes all of it to the disk and follows in the index, or throws and leaves both as they were. To find that there
    /// is nothing to write, the disk is read.
    func write(_ transaction: WriteTransaction, toDo operation: String) async throws(StorageError) {
        guard !transaction.isEmpty else { return try await read(toDo: operation) }
        var outcome = DiskOutcome.proceeds
        if let before = disk.behaviour.before {
            try disk.begin(transaction, by: holder)
            outcome = await before(.write(bytes: transaction.logBytes))
        }
        let isCheckpointDue = try disk.commit(transaction, by: holder, after: outcome, toDo: operation)
        index.apply(transaction)
        if index.isMostlyStale { try disk.read(by: holder) { index.forgetStaleExpiries(in: $0.table) } }
        guard isCheckpointDue else { return }
        let synced = await disk.behaviour.before?(.sync) ?? .proceeds
        if synced == .proceeds { try disk.sync(by: holder) } else { try disk.check(holder) }
    }

    // While the disk keeps a call waiting, the actor lets others in; these queue up here. Without a behaviour no call
    // is ever kept waiting, and the actor itself is queue enough.

    func takeTurn() async {
        guard disk.behaviour.before != nil else { return }
        guard turns.isTaken else {
            turns.isTaken = true
            return
        }
        await withCheckedContinuation { turns.waiting.append($0) }
    }

    func endTurn() {
        // The turn is handed over, not given up, or a newcomer could slip in before the first of those who wait.
        if turns.waiting.isEmpty { turns.isTaken = false } else { turns.waiting.removeFirst().resume() }
    }
}

/// Who may use the disk, and who waits for it in order of arrival.
private struct Turns {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
}
