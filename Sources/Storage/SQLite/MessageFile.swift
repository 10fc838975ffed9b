import SessionProtocol

/// A store's open file, as all parts of the store use it. Not thread-safe: it lives inside the store.
final class MessageFile {
    let connection: SQLiteConnection
    let statements: MessageStatements
    let changes: ChangeStatements
    let orders: OrderStatements
    let mailboxes: MailboxStatements
    let sweeps: SweepStatements
    let counts: CountStatements
    /// No later than this was anything deleted, or an expiry set.
    let latest = LatestMoment()
    /// The pages the file may have.
    let maximumPages: Int64
    private let begin: SQLiteStatement
    private let commit: SQLiteStatement
    private let lastRow: SQLiteStatement
    private let keepFirstFreeRow: SQLiteStatement
    /// Told when writing begins to fail, and with `nil` when it works again.
    private let whenWriting: (StorageError?) -> Void
    private var isFailing = false
    /// No row below was ever free again, see ``MessageStore/messages(afterRow:limit:)``.
    private var firstFreeRow: Int64
    /// Whether anything may be remembered of messages that are not here: nothing need be looked up if not.
    var mayHaveOrders: Bool
    /// What had expired by then has been removed, in milliseconds since 1970.
    var sweptAt = Int64.min
    /// Whether the transaction under way uses what is kept free for what owners ask for.
    private(set) var isUsingReserve = false
    /// How much is remembered of messages that are not here, as far as the transaction under way has counted it.
    var tallies: [OrderKind: OrderTally] = [:]

    /// Whether every page was checked, as the store that had the file open before did not close it.
    let wasChecked: Bool

    convenience init(
        path: String, maximumBytes: Int, busyTimeout: Int32, beside: LogFolding.Beside? = nil,
        whenWriting: @escaping (StorageError?) -> Void = { _ in }
    ) throws(StorageError) {
        let connection = try SQLiteConnection(path: path, busyTimeout: busyTimeout)
        let pages = try Schema.install(in: connection, maximumBytes: maximumBytes)
        connection.folding = beside.map { LogFolding(path: path, beside: $0) }
        try self.init(connection, maximumPages: pages, isAnother: false, whenWriting: whenWriting)
    }

    /// A second look at a file that is open already: only reads, and checks every page first.
    convenience init(rereading path: String) throws(StorageError) {
        let connection = try SQLiteConnection(path: path, busyTimeout: 2_000, isReadOnly: true)
        try self.init(connection, maximumPages: 0, isAnother: true, whenWriting: { _ in })
    }

    private init(
        _ connection: SQLiteConnection, maximumPages: Int64, isAnother: Bool,
        whenWriting: @escaping (StorageError?) -> Void
    ) throws(StorageError) {
        let opening = "open the store"
        self.connection = connection
        self.maximumPages = maximumPages
        self.whenWriting = whenWriting
        do throws(StorageError) {
            let isClean = try connection.prepare("SELECT is_clean FROM state", toDo: opening)
            wasChecked = try isClean.integer([]) != 1 || isAnother
            if wasChecked { try connection.checkIntegrity(toDo: opening) }
            statements = try MessageStatements(connection)
            changes = try ChangeStatements(connection)
            orders = try OrderStatements(connection)
            mailboxes = try MailboxStatements(connection)
            sweeps = try SweepStatements(connection)
            counts = try CountStatements(connection)
        } catch {
            // 1 is SQLITE_ERROR: the statements and the tables do not fit.
            guard case .failed(_, 1, let message) = error else { throw error }
            throw .foreign(path: connection.path, message: message)
        }
        begin = try connection.prepare("BEGIN IMMEDIATE", toDo: "begin")
        commit = try connection.prepare("COMMIT", toDo: "commit")
        lastRow = try connection.prepare("SELECT max(id) FROM messages", toDo: "find the last row")
        keepFirstFreeRow = try connection.prepare("UPDATE state SET first_free_row = ?", toDo: "keep the last row")
        firstFreeRow = try connection.prepare("SELECT first_free_row FROM state", toDo: opening).integer([]) ?? 1
        let latestMoment = try connection.prepare(
            """
            SELECT max(coalesce((SELECT max(at) FROM removals), 0), coalesce((SELECT max(at) FROM awaited_expiries), 0),
            coalesce((SELECT max(at) FROM standing_orders), 0),
            coalesce((SELECT max(expiry_changed) FROM messages WHERE expiry_changed > 0), 0))
            """, toDo: opening)
        let anyOrder = try connection.prepare(
            "SELECT EXISTS (SELECT 1 FROM awaited_expiries) OR EXISTS (SELECT 1 FROM standing_orders)", toDo: opening)
        mayHaveOrders = try anyOrder.integer([]) != 0
        latest.note(try latestMoment.integer([]) ?? 0)
        if !wasChecked { try connection.execute("UPDATE state SET is_clean = 0", toDo: opening) }
        connection.giveBackMemory()
    }

    /// Says in the file that the store was closed in good order and found nothing wrong: the next one need not check it.
    func markClean() {
        guard !connection.hasFoundDamage else { return }
        // Unmarked, the file is checked when it is opened next: that costs time and nothing else.
        try? connection.execute("UPDATE state SET is_clean = 1", toDo: "close the store")
    }

    // MARK: Transactions

    /// Runs `body` in one write transaction; any error undoes all of it.
    func transaction<Result>(
        toDo operation: String, _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try noting { () throws(StorageError) in try attempt(toDo: operation, body) }
    }

    /// Tells how writing goes, when that has changed. What was refused while another process had the file tells nothing.
    private func noting<Result>(_ body: () throws(StorageError) -> Result) throws(StorageError) -> Result {
        do throws(StorageError) {
            let result = try body()
            if isFailing {
                isFailing = false
                whenWriting(nil)
            }
            return result
        } catch {
            if !isFailing, error != .locked(path: connection.path) {
                isFailing = true
                whenWriting(error)
            }
            throw error
        }
    }

    private func attempt<Result>(
        toDo operation: String, _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try connection.requireOwnFiles()
        let before = firstFreeRow
        tallies = [:]
        do {
            // Taking the write lock at once makes the busy time-out apply; a later upgrade of a read lock fails at once.
            try begin.run([])
            let result = try body()
            try commit.run([])
            connection.foldInLongLog()
            return result
        } catch {
            connection.rollBack()
            firstFreeRow = before
            throw error.naming(operation, insteadOf: ["begin", "commit"])
        }
    }

    /// As ``transaction(toDo:_:)``, for what owners ask for: it may use a little more room than messages may, so that a
    /// full store can still be emptied, and every failure says that it was this operation.
    func change<Result>(
        toDo operation: String, _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try noting { () throws(StorageError) in
            do throws(StorageError) {
                return try attempt(toDo: operation, body)
            } catch {
                guard error == .full else { throw error.naming(operation, insteadOf: nil) }
            }
            try connection.execute("PRAGMA max_page_count = \(maximumPages + Self.reservedPages)", toDo: operation)
            isUsingReserve = true
            defer { isUsingReserve = false }
            let result = Swift.Result { () throws(StorageError) in try attempt(toDo: operation, body) }
            try connection.execute("PRAGMA max_page_count = \(maximumPages)", toDo: operation)
            return try result.mapError { $0.naming(operation, insteadOf: nil) }.get()
        }
    }

    /// Of 8,192 bytes each: 8 MiB.
    private static let reservedPages: Int64 = 1_024

    /// Deletes messages in the transaction under way so that no row is used twice.
    func deleting<Result>(_ body: () throws(StorageError) -> Result) throws(StorageError) -> Result {
        let last = try lastRow.integer([]) ?? 0
        let result = try body()
        if try lastRow.integer([]) ?? 0 < last, firstFreeRow <= last {
            try keepFirstFreeRow.run([.integer(last + 1)])
            firstFreeRow = last + 1
        }
        return result
    }

    // MARK: Messages

    /// What is known of a message that is here. Times are in milliseconds since 1970.
    struct KnownMessage {
        let row: Int64
        let expiry: Int64
        let expiryChanged: Int64
        let storedAt: Int64

        /// - Parameter row: begins with the columns `id, expiry, expiry_changed, stored_at`.
        init(_ row: SQLiteStatement) {
            self.row = row.integer(0)
            expiry = row.integer(1)
            expiryChanged = row.integer(2)
            storedAt = row.integer(3)
        }

        var times: MessageTimes { MessageTimes(expiry: expiry, expiryChanged: expiryChanged, storedAt: storedAt) }

        /// The first moment at which it can be changed.
        var changeableAt: Int64 { ChangingMoment.after(storedAt: storedAt, expiryChanged: expiryChanged) }

        /// - Parameter isAgain: whether the same call has set the expiry before.
        func takes(_ new: Int64, _ change: ExpiryChange, at moment: Int64, again isAgain: Bool = false) -> Bool {
            isAgain ? change.applies(to: expiry, new: new) : change.applies(to: times, new: new, at: moment)
        }
    }

    func known(_ hash: SQLiteStatement.Value) throws(StorageError) -> KnownMessage? {
        try known(statements.known, [hash])
    }

    /// - Returns: `nil` when there is no such message, or it is another account's.
    func own(_ hash: MessageHash, of account: AccountID) throws(StorageError) -> KnownMessage? {
        try known(changes.own, [hash.column, account.column])
    }

    private func known(
        _ statement: SQLiteStatement, _ values: [SQLiteStatement.Value]
    ) throws(StorageError) -> KnownMessage? {
        var found: KnownMessage?
        try statement.run(values) { row throws(StorageError) in
            found = KnownMessage(row)
            return false
        }
        return found
    }

    /// Adds a message whose hash is not known.
    /// - Returns: its row.
    func add(_ message: StoredMessage, named hash: SQLiteStatement.Value) throws(StorageError) -> Int64 {
        let account = message.account.column
        var owner = try statements.owner.integer([account])
        if owner == nil {
            try statements.insertOwner.run([account])
            owner = connection.lastRow
        }
        try statements.insert.run([
            .integer(firstFreeRow), hash, owner.map { .integer($0) } ?? .null, message.namespace.column,
            .integer(message.timestamp), .integer(message.expiry), .integer(message.expiryChanged),
            .integer(message.storedAt), .blob(message.data),
        ])
        latest.note(message.expiryChanged)
        return connection.lastRow
    }

    /// Deletes the other messages of an outbox mailbox.
    func removeOthers(than message: StoredMessage, named hash: SQLiteStatement.Value) throws(StorageError) {
        try deleting { () throws(StorageError) in
            try statements.removeOthers.run([message.account.column, message.namespace.column, hash])
        }
    }

    // MARK: Columns

    /// - Throws: ``StorageError/damaged(path:message:)`` when the column holds no hash: someone else wrote it.
    func hash(_ row: SQLiteStatement, _ column: Int32) throws(StorageError) -> MessageHash {
        guard let hash = row.withBytes(column, OrderedHash.unpack) else {
            throw .damaged(path: connection.path, message: "a row has a malformed hash")
        }
        return hash
    }

    /// Who owns a row, whose number is its first column.
    func account(_ row: SQLiteStatement, _ column: Int32) throws(StorageError) -> AccountID {
        guard let account = AccountID(row.bytes(column)) else { throw malformed(row) }
        return account
    }

    func namespace(_ row: SQLiteStatement, _ column: Int32) throws(StorageError) -> Namespace {
        guard let number = Int16(exactly: row.integer(column)) else { throw malformed(row) }
        return Namespace(number)
    }

    private func malformed(_ row: SQLiteStatement) -> StorageError {
        .damaged(path: connection.path, message: "row \(row.integer(0)) has a malformed owner or namespace")
    }

    /// A message from the columns of ``MessageStatements/all``.
    func message(_ row: SQLiteStatement) throws(StorageError) -> StoredMessage {
        StoredMessage(
            account: try account(row, 2), namespace: try namespace(row, 3), hash: try hash(row, 1),
            timestamp: row.integer(4), expiry: row.integer(5), expiryChanged: row.integer(6),
            storedAt: row.integer(7), data: row.bytes(8))
    }
}

extension AccountID {
    var column: SQLiteStatement.Value { .blob(bytes) }
}

extension Namespace {
    var column: SQLiteStatement.Value { .integer(Int64(rawValue)) }
}

extension MessageHash {
    var column: SQLiteStatement.Value { .blob(ordered) }
}

extension StorageError {
    /// The same failure of another operation.
    /// - Parameter generic: only if the operation is one of these; `nil` for any.
    fileprivate func naming(_ operation: String, insteadOf generic: [String]?) -> StorageError {
        guard case .failed(let failed, let code, let message) = self, generic?.contains(failed) ?? true else {
            return self
        }
        return .failed(operation: operation, code: code, message: message)
    }
}
