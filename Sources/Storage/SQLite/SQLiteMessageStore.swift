import SessionProtocol
import Synchronization

/// A node's messages in one SQLite file with write-ahead logging (storage-node §11).
///
/// Calls run one after another. Whatever one of them acknowledged is in the hands of the operating system and
/// outlives the process, however that ends. Messages that are stored at the same time share a transaction.
public actor SQLiteMessageStore: MessageStore {
    /// 3.5 GiB, as the reference.
    public static let defaultMaximumBytes = 3_758_096_384

    /// `nil` once closed.
    private var state: MessageFile?
    /// Stored messages that wait for the next transaction, in order of arrival.
    private var gathered: [StoreCall] = []
    /// How many messages shared the last transaction.
    private var lastGathered = 0
    /// How many calls are on their way to be gathered.
    private nonisolated let arriving = Atomic(0)
    private nonisolated let latest: LatestMoment

    /// Opens the file, or makes it; after an unclean stop every page is checked first. A damaged file is left as it is:
    /// ``open(path:maximumBytes:busyTimeout:)`` sets it aside.
    ///
    /// - Parameters:
    ///   - path: the database file. SQLite puts `-wal` and `-shm` files beside it.
    ///   - maximumBytes: the size the database may reach.
    ///   - busyTimeout: how long to wait for another process that has the file locked, in milliseconds. The calling
    ///     thread waits, so it is kept well below the reference's 15 s.
    /// - Throws: ``StorageError`` with the path, when the file cannot be opened, is locked, is damaged or holds
    ///   something else.
    public init(
        path: String, maximumBytes: Int = defaultMaximumBytes, busyTimeout: Int32 = 2_000
    ) throws(StorageError) {
        let file = try MessageFile(path: path, maximumBytes: maximumBytes, busyTimeout: busyTimeout)
        latest = file.latest
        state = file
    }

    init(_ file: sending MessageFile) {
        latest = file.latest
        state = file
    }

    public func close() {
        commitGathered()
        state?.markClean()
        state = nil
    }

    /// Lets go of the file as the end of the process would: the next store on it checks every page.
    public func abandon() { state = nil }

    /// The file, with everything stored before this call in it.
    func open() throws(StorageError) -> MessageFile {
        commitGathered()
        guard let state else { throw .closed }
        return state
    }

    public nonisolated(nonsending) func store(_ message: StoredMessage) async throws(StorageError) -> StoreReceipt {
        arriving.add(1, ordering: .relaxed)
        return try await gather(StoreCall(message))
    }

    public nonisolated(nonsending) func storingMoment(
        of hash: MessageHash, in namespace: Namespace, of account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int64 {
        // Nearly always so, and then nobody waits for the file.
        if latest.value < now { return now }
        return try await laterMoment(of: OwnedHash(hash: hash, account: account), in: namespace, at: now)
    }

    private func laterMoment(
        of name: OwnedHash, in namespace: Namespace, at now: Int64
    ) throws(StorageError) -> Int64 {
        // What is gathered deletes nothing, so it can go on waiting.
        guard let state else { throw .closed }
        return StoringMoment.after(
            goneAt: try state.remembered(name)?.at, orderedAt: try state.orders(for: name).latestMoment(in: namespace),
            expiryChanged: try state.known(name.hash.column)?.expiryChanged, now: now)
    }

    private func gather(_ call: StoreCall) async throws(StorageError) -> StoreReceipt {
        arriving.subtract(1, ordering: .relaxed)
        gathered.append(call)
        if gathered.count == 1 {
            // Those who wait for this actor join, and those whom the last commit let go on and who come again. A call
            // that is alone waits for nobody.
            if arriving.load(ordering: .relaxed) > 0 || lastGathered > 1 { await Task.yield() }
            if call.result == nil { commitGathered() }
        } else {
            await withCheckedContinuation { call.waiting = $0 }
        }
        guard let result = call.result else { throw .closed }
        return try result.get()
    }

    private func commitGathered() {
        guard !gathered.isEmpty else { return }
        let calls = gathered
        gathered = []
        lastGathered = calls.count
        if let state { state.store(calls) } else { for call in calls { call.result = .failure(.closed) } }
        for call in calls { call.waiting?.resume() }
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
            bytes += RetrieveLimits.cost(ofDataBytes: row.byteCount(4))
            let fits = bytes <= limits.maximumBytes && messages.count < limits.maximumCount ?? .max
            guard fits || messages.isEmpty else {
                more = true
                return false
            }
            messages.append(
                StoredMessage(
                    account: account, namespace: namespace, hash: try file.hash(row, 0), timestamp: row.integer(1),
                    expiry: row.integer(2), storedAt: row.integer(3), data: row.bytes(4)))
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

/// One message on its way into the file. It never leaves the store.
private final class StoreCall {
    let message: StoredMessage
    /// `nil` until its transaction is committed or has failed.
    var result: Result<StoreReceipt, StorageError>?
    /// Set while the call waits for somebody else's commit.
    var waiting: CheckedContinuation<Void, Never>?

    init(_ message: StoredMessage) { self.message = message }
}

extension MessageFile {
    /// Stores all of them in one transaction. If that fails, each gets its own, so that none fails for another's sake.
    fileprivate func store(_ calls: [StoreCall]) {
        let operation = "store a message"
        do throws(StorageError) {
            let receipts = try transaction(toDo: operation) { () throws(StorageError) in
                var receipts: [StoreReceipt] = []
                for call in calls { receipts.append(try store(call.message)) }
                return receipts
            }
            for (call, receipt) in zip(calls, receipts) { call.result = .success(receipt) }
        } catch {
            let isCommon = calls.count == 1 || error == .locked(path: connection.path)
            for call in calls {
                guard !isCommon else {
                    call.result = .failure(error)
                    continue
                }
                call.result = Result { () throws(StorageError) in
                    try transaction(toDo: operation) { () throws(StorageError) in try store(call.message) }
                }
            }
        }
    }

    /// Keeps a message inside the transaction under way.
    func store(_ message: StoredMessage) throws(StorageError) -> StoreReceipt {
        let hash = message.hash.column
        guard let known = try known(hash) else {
            guard let arrival = try arrival(of: message) else { return .late(message) }
            // Before the owner is looked up: losing its only message removes the owner's row.
            if message.namespace.isPublicOutbox { try removeOthers(than: message, named: hash) }
            return StoreReceipt(outcome: .new, expiry: arrival.message.expiry, row: try admit(arrival, named: hash))
        }
        if message.namespace.isPublicOutbox { try removeOthers(than: message, named: hash) }
        return try store(try shortened(message), over: known)
    }

    private func store(_ message: StoredMessage, over known: KnownMessage) throws(StorageError) -> StoreReceipt {
        guard message.expiry > known.expiry, message.storedAt >= known.expiryChanged else {
            if message.storedAt > known.storedAt {
                try statements.restamp.run([.integer(message.storedAt), .integer(known.row)])
            }
            return StoreReceipt(outcome: .exists, expiry: known.expiry, row: known.row)
        }
        try statements.raiseExpiry.run([
            .integer(message.expiry), .integer(message.storedAt), .integer(known.row),
        ])
        latest.note(message.storedAt)
        return StoreReceipt(outcome: .extended, expiry: message.expiry, row: known.row)
    }
}
