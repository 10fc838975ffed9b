import SessionProtocol

/// A node's messages in one SQLite file with write-ahead logging (storage-node §11).
///
/// Calls run one after another. Whatever one of them acknowledged is in the hands of the operating system and
/// outlives the process, however that ends.
public actor SQLiteMessageStore: MessageStore {
    /// `nil` once closed.
    private var state: MessageFile?

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
        state = try MessageFile(path: path, maximumBytes: maximumBytes, busyTimeout: busyTimeout)
    }

    public func close() { state = nil }

    func open() throws(StorageError) -> MessageFile {
        guard let state else { throw .closed }
        return state
    }

    public func store(_ message: StoredMessage, unlessDeleted: Bool) throws(StorageError) -> StoreReceipt {
        let file = try open()
        return try file.transaction(toDo: "store a message") { () throws(StorageError) in
            try file.store(message, unlessDeleted: unlessDeleted)
        }
    }

    public func retrieve(
        _ account: AccountID, _ namespace: Namespace, after hash: MessageHash?, limits: RetrieveLimits
    ) throws(StorageError) -> MessagePage {
        let file = try open()
        var messages: [StoredMessage] = []
        var bytes = 0
        var more = false
        let values = [account.column, namespace.column, hash?.column ?? .null]
        try file.statements.page.run(values) { row throws(StorageError) in
            bytes += RetrieveLimits.cost(ofDataBytes: row.byteCount(3))
            let fits = bytes <= limits.maximumBytes && messages.count < limits.maximumCount ?? .max
            guard fits || messages.isEmpty else {
                more = true
                return false
            }
            messages.append(
                StoredMessage(
                    account: account, namespace: namespace, hash: try file.hash(row, 0), timestamp: row.integer(1),
                    expiry: row.integer(2), data: row.bytes(3)))
            return true
        }
        return MessagePage(messages: messages, more: more)
    }

    public func messages(
        afterRow row: Int64, limit: Int
    ) throws(StorageError) -> [(row: Int64, message: StoredMessage)] {
        let file = try open()
        var messages: [(row: Int64, message: StoredMessage)] = []
        // SQLite takes a negative limit for none.
        try file.statements.all.run([.integer(row), .integer(Int64(max(limit, 0)))]) { row throws(StorageError) in
            messages.append((row.integer(0), try file.message(row)))
            return true
        }
        return messages
    }
}

extension MessageFile {
    /// Keeps a message inside the transaction under way.
    func store(_ message: StoredMessage, unlessDeleted: Bool) throws(StorageError) -> StoreReceipt {
        let hash = message.hash.column
        let known = try known(hash)
        let gone = known == nil ? try remembered(hash) : nil
        var message = message
        if let gone, gone.at >= message.timestamp {
            if unlessDeleted { return .deleted }
            message = message.sentAfter(gone.at)
        }
        // Before the owner is looked up: losing its only message removes the owner's row.
        if message.namespace.isPublicOutbox { try removeOthers(than: message, named: hash) }
        if let (row, expiry) = known {
            guard message.expiry > expiry else { return StoreReceipt(outcome: .exists, expiry: expiry, row: row) }
            try statements.raiseExpiry.run([.integer(message.expiry), .integer(message.timestamp), .integer(row)])
            return StoreReceipt(outcome: .extended, expiry: message.expiry, row: row)
        }
        if gone != nil { try changes.forget.run([hash]) }
        return StoreReceipt(outcome: .new, expiry: message.expiry, row: try add(message, named: hash))
    }
}
