import SessionProtocol

/// A node's messages in one SQLite file with write-ahead logging (storage-node §11).
///
/// Calls run one after another. Whatever one of them acknowledged is in the hands of the operating system and
/// outlives the process, however that ends.
public actor SQLiteMessageStore: MessageStore {
    private struct Open {
        let connection: SQLiteConnection
        let statements: MessageStatements

        /// - Throws: ``StorageError/damaged(path:message:)`` when the column holds no hash: someone else wrote it.
        func hash(_ text: String) throws(StorageError) -> MessageHash {
            guard let hash = MessageHash(text: text) else {
                throw .damaged(path: connection.path, message: "a row has a malformed hash")
            }
            return hash
        }

        /// The row and expiry of the message with a hash.
        func known(_ hash: MessageHash) throws(StorageError) -> (row: Int64, expiry: Int64)? {
            var found: (Int64, Int64)?
            try statements.known.run([.text(hash.text)]) { row throws(StorageError) in
                found = (row.integer(0), row.integer(1))
                return false
            }
            return found
        }

        /// Adds a message whose hash is not known.
        /// - Returns: its row.
        func add(_ message: StoredMessage) throws(StorageError) -> Int64 {
            let owner = message.account.columns
            try statements.insertOwner.run(owner)
            let row = try statements.ownerRow.integer(owner)
            try statements.insert.run([
                .text(message.hash.text), row.map { .integer($0) } ?? .null, message.namespace.column,
                .integer(message.timestamp), .integer(message.expiry), .blob(message.data),
            ])
            return connection.lastRow
        }

        /// Who owns a row, from the columns that say so.
        func account(_ row: SQLiteStatement, type: Int32, key: Int32) throws(StorageError) -> AccountID {
            guard let type = UInt8(exactly: row.integer(type)), let account = AccountID([type] + row.bytes(key)) else {
                throw malformed(row)
            }
            return account
        }

        private func malformed(_ row: SQLiteStatement) -> StorageError {
            .damaged(path: connection.path, message: "row \(row.integer(0)) has a malformed owner or namespace")
        }

        /// A message from the columns of the view, see ``MessageStatements/all``.
        func message(_ row: SQLiteStatement) throws(StorageError) -> StoredMessage {
            guard let namespace = Int16(exactly: row.integer(3)) else { throw malformed(row) }
            return StoredMessage(
                account: try account(row, type: 1, key: 2), namespace: Namespace(namespace),
                hash: try hash(row.text(4)), timestamp: row.integer(5), expiry: row.integer(6), data: row.bytes(7))
        }
    }

    /// `nil` once closed.
    private var state: Open?

    /// Opens the file, or makes it.
    ///
    /// - Parameters:
    ///   - path: the database file. SQLite puts `-wal` and `-shm` files beside it.
    ///   - maximumBytes: the size the database may reach, 3.5 GiB as in the reference.
    ///   - busyTimeout: how long to wait for another process that has the file locked, in milliseconds. The calling
    ///     thread waits, so it is kept well below the reference's 15 s.
    /// - Throws: ``StorageError`` with the path, when the file cannot be opened, is locked, is damaged or holds
    ///   something else.
    public init(
        path: String, maximumBytes: Int = 3_758_096_384, busyTimeout: Int32 = 2_000
    ) throws(StorageError) {
        let connection = try SQLiteConnection(path: path, busyTimeout: busyTimeout)
        try Schema.install(in: connection, maximumBytes: maximumBytes)
        state = Open(connection: connection, statements: try MessageStatements(connection))
    }

    public func close() { state = nil }

    private func open() throws(StorageError) -> Open {
        guard let state else { throw .closed }
        return state
    }

    public func store(_ message: StoredMessage) throws(StorageError) -> StoreReceipt {
        let open = try open()
        let statements = open.statements
        let owner: [SQLiteStatement.Value] = message.account.columns
        let hash = SQLiteStatement.Value.text(message.hash.text)
        return try open.connection.transaction(toDo: "store a message") { () throws(StorageError) in
            if message.namespace.isPublicOutbox {
                // Before the owner is looked up: losing its only message removes the owner's row.
                try statements.removeOthers.run(owner + [message.namespace.column, hash])
            }
            if let (row, expiry) = try open.known(message.hash) {
                guard message.expiry > expiry else { return StoreReceipt(outcome: .exists, expiry: expiry, row: row) }
                try statements.raiseExpiry.run([.integer(message.expiry), hash])
                return StoreReceipt(outcome: .extended, expiry: message.expiry, row: row)
            }
            return StoreReceipt(outcome: .new, expiry: message.expiry, row: try open.add(message))
        }
    }

    public func retrieve(
        _ account: AccountID, _ namespace: Namespace, after hash: MessageHash?, limits: RetrieveLimits
    ) throws(StorageError) -> MessagePage {
        let open = try open()
        guard let owner = try open.statements.ownerRow.integer(account.columns) else {
            return MessagePage(messages: [], more: false)
        }
        var messages: [StoredMessage] = []
        var bytes = 0
        var more = false
        let values: [SQLiteStatement.Value] = [
            .integer(owner), namespace.column, hash.map { .text($0.text) } ?? .null,
        ]
        try open.statements.page.run(values) { row throws(StorageError) in
            bytes += RetrieveLimits.cost(ofDataBytes: row.byteCount(3))
            let fits = bytes <= limits.maximumBytes && messages.count < limits.maximumCount ?? .max
            guard fits || messages.isEmpty else {
                more = true
                return false
            }
            messages.append(
                StoredMessage(
                    account: account, namespace: namespace, hash: try open.hash(row.text(0)),
                    timestamp: row.integer(1), expiry: row.integer(2), data: row.bytes(3)))
            return true
        }
        return MessagePage(messages: messages, more: more)
    }

    public func removeExpired(at now: Int64) throws(StorageError) -> Int {
        let open = try open()
        try open.statements.removeExpired.run([.integer(now)])
        return open.connection.changedRows
    }

    public func messages(
        afterRow row: Int64, limit: Int
    ) throws(StorageError) -> [(row: Int64, message: StoredMessage)] {
        let open = try open()
        var messages: [(row: Int64, message: StoredMessage)] = []
        // SQLite takes a negative limit for none.
        try open.statements.all.run([.integer(row), .integer(Int64(max(limit, 0)))]) { row throws(StorageError) in
            messages.append((row.integer(0), try open.message(row)))
            return true
        }
        return messages
    }
}

/// What nodes hand over to each other.
extension SQLiteMessageStore {
    public func insert(_ messages: [StoredMessage]) throws(StorageError) -> InsertReceipt {
        let open = try open()
        let statements = open.statements
        return try open.connection.transaction(toDo: "keep messages handed over") { () throws(StorageError) in
            var added = 0
            var firstRow: Int64?
            for message in messages.withoutSuperseded where try open.known(message.hash) == nil {
                if message.namespace.isPublicOutbox {
                    let mailbox = message.account.columns + [message.namespace.column]
                    let name = SQLiteStatement.Value.text(message.hash.text)
                    let later = try statements.laterInOutbox.integer(mailbox + [.integer(message.timestamp), name])
                    guard later == nil else { continue }
                    try statements.removeOthers.run(mailbox + [name])
                }
                let row = try open.add(message)
                firstRow = firstRow ?? row
                added += 1
            }
            return InsertReceipt(added: added, firstRow: firstRow)
        }
    }

    public func entries(after hash: MessageHash?, limit: Int) throws(StorageError) -> [StoredEntry] {
        let open = try open()
        var entries: [StoredEntry] = []
        let values: [SQLiteStatement.Value] = [.text(hash?.text ?? ""), .integer(Int64(max(limit, 0)))]
        try open.statements.entries.run(values) { row throws(StorageError) in
            entries.append(
                StoredEntry(
                    row: row.integer(0), account: try open.account(row, type: 1, key: 2),
                    hash: try open.hash(row.text(3)),
                    expiry: row.integer(4), dataBytes: Int(row.integer(5))))
            return true
        }
        return entries
    }

    public func messages(named hashes: [MessageHash]) throws(StorageError) -> [StoredMessage] {
        let open = try open()
        var messages: [StoredMessage] = []
        for hash in hashes {
            try open.statements.named.run([.text(hash.text)]) { row throws(StorageError) in
                messages.append(try open.message(row))
                return false
            }
        }
        return messages
    }

    public func remove(
        _ entries: [StoredEntry], if condition: @Sendable () -> Bool
    ) throws(StorageError) -> Int {
        let open = try open()
        guard condition() else { return 0 }
        return try open.connection.transaction(toDo: "forget messages handed over") { () throws(StorageError) in
            var removed = 0
            for entry in entries {
                try open.statements.removeRow.run([.integer(entry.row), .integer(entry.expiry)])
                removed += open.connection.changedRows
            }
            return removed
        }
    }
}

extension AccountID {
    /// Type and key, as the table of owners keeps them.
    fileprivate var columns: [SQLiteStatement.Value] { [.integer(Int64(prefix)), .blob(key)] }
}

extension Namespace {
    fileprivate var column: SQLiteStatement.Value { .integer(Int64(rawValue)) }
}
