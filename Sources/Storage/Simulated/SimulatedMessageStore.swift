import SessionProtocol

/// A node's messages on a ``SimulatedDisk``, with the answers of ``SQLiteMessageStore`` in every case (storage-node §11).
///
/// Calls run one after another in the order of their arrival, also while the disk keeps one of them waiting. On a disk
/// of ``DiskBehaviour/immediate`` no call suspends.
public actor SimulatedMessageStore: MessageStore {
    private let disk: SimulatedDisk
    private let holder: Int
    private var index: MessageIndex
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
        index = MessageIndex(MessageTable())
    }

    public func store(_ message: StoredMessage) async throws(StorageError) -> StoreReceipt {
        await takeTurn()
        defer { endTurn() }
        let (transaction, receipt) = try plan(message)
        if transaction.isEmpty {
            try await read(toDo: "store a message")
        } else {
            let replaces = !transaction.removed.isEmpty
            try await write(transaction, toDo: replaces ? "replace an outbox message" : "store a message")
        }
        return receipt
    }

    /// What storing the message would change, and the answer to it.
    private func plan(_ message: StoredMessage) throws(StorageError) -> (WriteTransaction, StoreReceipt) {
        let known = index.row(of: message.hash)
        let others =
            message.namespace.isPublicOutbox
            ? index.rows(of: message.account, message.namespace).filter { $0 != known } : []
        return try disk.read(by: holder) { table, nextRow in
            var transaction = WriteTransaction(removed: others.map { table.indexed($0) })
            guard let known else {
                transaction.inserted = [StoredRow(row: nextRow, message: message)]
                return (transaction, StoreReceipt(outcome: .new, expiry: message.expiry, row: nextRow))
            }
            let kept = table.indexed(known).message
            guard message.expiry > kept.expiry else {
                return (transaction, StoreReceipt(outcome: .exists, expiry: kept.expiry, row: known))
            }
            transaction.raised = (known, message.expiry)
            return (transaction, StoreReceipt(outcome: .extended, expiry: message.expiry, row: known))
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
        return try disk.read(by: holder) { table, _ in
            var messages: [StoredMessage] = []
            var bytes = 0
            for row in rows[start...] {
                let message = table.indexed(row).message
                bytes += RetrieveLimits.cost(ofDataBytes: message.data.count)
                let fits = bytes <= limits.maximumBytes && messages.count < limits.maximumCount ?? .max
                guard fits || messages.isEmpty else { return MessagePage(messages: messages, more: true) }
                messages.append(message)
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

    public func removeExpired(at now: Int64) async throws(StorageError) -> Int {
        await takeTurn()
        defer { endTurn() }
        if index.isNothingDue(at: now) {
            try disk.check(holder)
            return 0
        }
        let due = try disk.read(by: holder) { table, _ in index.takeDue(at: now, in: table) }
        // Entries of messages raised or replaced since can look due.
        if due.isEmpty { return 0 }
        do {
            try await write(WriteTransaction(removed: due), toDo: "remove expired messages")
        } catch {
            index.putBack(due)
            throw error
        }
        return due.count
    }

    public func messages(
        afterRow row: Int64, limit: Int
    ) async throws(StorageError) -> [(row: Int64, message: StoredMessage)] {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "list the store")
        return try disk.read(by: holder) { table, _ in
            table.rows(after: row, limit: limit).map { ($0.row, $0.message) }
        }
    }
}

/// What nodes hand over to each other.
extension SimulatedMessageStore {
    public func insert(_ messages: [StoredMessage]) async throws(StorageError) -> InsertReceipt {
        await takeTurn()
        defer { endTurn() }
        let (transaction, operation) = try disk.read(by: holder) { table, nextRow in
            var transaction = WriteTransaction()
            var operation: String?
            var replaced: Set<MessageHash> = []
            for message in messages.withoutSuperseded
            where index.row(of: message.hash) == nil || replaced.contains(message.hash) {
                if message.namespace.isPublicOutbox {
                    let others = index.rows(of: message.account, message.namespace).map { table.indexed($0) }
                    guard others.allSatisfy({ message.supersedes($0.message) }) else { continue }
                    transaction.removed += others
                    replaced.formUnion(others.map(\.message.hash))
                }
                // As SQLite says which of the steps failed.
                operation = operation ?? (transaction.removed.isEmpty ? "store a message" : "replace an outbox message")
                let row = nextRow + Int64(transaction.inserted.count)
                transaction.inserted.append(StoredRow(row: row, message: message))
            }
            return (transaction, operation)
        }
        guard let operation else {
            try await read(toDo: "store a message")
            return .nothing
        }
        try await write(transaction, toDo: operation)
        return InsertReceipt(added: transaction.inserted.count, firstRow: transaction.inserted.first?.row)
    }

    public func entries(after hash: MessageHash?, limit: Int) async throws(StorageError) -> [StoredEntry] {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "list the store")
        let rows = index.rows(after: hash, limit: limit)
        return try disk.read(by: holder) { table, _ in
            rows.map { row in
                let message = table.indexed(row).message
                return StoredEntry(
                    row: row, account: message.account, hash: message.hash, expiry: message.expiry,
                    dataBytes: message.data.count)
            }
        }
    }

    public func messages(named hashes: [MessageHash]) async throws(StorageError) -> [StoredMessage] {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "read messages")
        let rows = hashes.compactMap { index.row(of: $0) }
        return try disk.read(by: holder) { table, _ in rows.map { table.indexed($0).message } }
    }

    public func remove(
        _ entries: [StoredEntry], if condition: @Sendable () -> Bool
    ) async throws(StorageError) -> Int {
        await takeTurn()
        defer { endTurn() }
        try disk.check(holder)
        guard condition() else { return 0 }
        let known = entries.filter { index.row(of: $0.hash) == $0.row }
        let removed = try disk.read(by: holder) { table, _ in
            known.map { ($0, table.indexed($0.row)) }.filter { $0.expiry == $1.message.expiry }.map(\.1)
        }
        guard !removed.isEmpty else { return 0 }
        try await write(WriteTransaction(removed: removed), toDo: "forget messages handed over")
        return removed.count
    }
}

extension SimulatedMessageStore {
    /// Waits for the disk to be read.
    private func read(toDo operation: String) async throws(StorageError) {
        guard let before = disk.behaviour.before else { return }
        try disk.check(holder)
        let outcome = await before(.read)
        try disk.check(holder)
        // 266 is SQLITE_IOERR_READ.
        if outcome != .proceeds { throw .failed(operation: operation, code: 266, message: "disk I/O error") }
    }

    /// Writes all of it to the disk and follows in the index, or throws and leaves both as they were.
    private func write(_ transaction: WriteTransaction, toDo operation: String) async throws(StorageError) {
        var outcome = DiskOutcome.proceeds
        if let before = disk.behaviour.before {
            try disk.begin(transaction, by: holder)
            outcome = await before(.write(bytes: transaction.logBytes))
        }
        let isCheckpointDue = try disk.commit(transaction, by: holder, after: outcome, toDo: operation)
        index.apply(transaction)
        if index.isMostlyStale { try disk.read(by: holder) { table, _ in index.forgetStaleExpiries(in: table) } }
        guard isCheckpointDue else { return }
        let synced = await disk.behaviour.before?(.sync) ?? .proceeds
        if synced == .proceeds { try disk.sync(by: holder) } else { try disk.check(holder) }
    }

    // While the disk keeps a call waiting, the actor lets others in; these queue up here. Without a behaviour no call
    // is ever kept waiting, and the actor itself is queue enough.

    private func takeTurn() async {
        guard disk.behaviour.before != nil else { return }
        guard turns.isTaken else {
            turns.isTaken = true
            return
        }
        await withCheckedContinuation { turns.waiting.append($0) }
    }

    private func endTurn() {
        // The turn is handed over, not given up, or a newcomer could slip in before the first of those who wait.
        if turns.waiting.isEmpty { turns.isTaken = false } else { turns.waiting.removeFirst().resume() }
    }
}

/// Who may use the disk, and who waits for it in order of arrival.
private struct Turns {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
}
