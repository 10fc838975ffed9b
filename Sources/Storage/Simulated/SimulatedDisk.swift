import Synchronization

/// A node's disk in virtual time. It outlives the stores opened on it, as a disk outlives a process.
///
/// It keeps what SQLite with write-ahead logging and `synchronous = NORMAL` keeps: a transaction is there wholly or not
/// at all; whatever was acknowledged survives the death of the process; a power cut may take the last commits, in
/// reverse order, back to the last checkpoint. A checkpoint follows the write with which the log reaches 1,000 pages of
/// 4,096 bytes, counting for each transaction 5 pages and the messages that come and go, and the closing of the store.
/// Only one store can be open at a time. Everything may be called from anywhere; nothing blocks or suspends.
public final class SimulatedDisk: Sendable {
    private struct State {
        var contents = DiskContents()
        var capacity: Int
        /// The store that has the disk open, by the number of its opening.
        var holder: Int?
        var openings = 0
        var failingWrites = 0
        var tearsNextWrite = false
        /// Begun by the holder and not yet answered.
        var underWay: WriteTransaction?

        mutating func check(_ holder: Int) throws(StorageError) {
            guard self.holder == holder else { throw .closed }
        }

        func fits(_ transaction: WriteTransaction) -> Bool {
            let growth = transaction.growth
            return growth <= 0 || contents.table.usedBytes + growth <= capacity
        }

        /// The fault asked for by a test for this write, else what the behaviour decided.
        mutating func takeFault(or outcome: DiskOutcome) -> DiskOutcome {
            if failingWrites > 0 {
                failingWrites -= 1
                return .fails
            }
            if tearsNextWrite {
                tearsNextWrite = false
                return .tears
            }
            return outcome
        }
    }

    /// SQLite's own default is 1,000 pages; the real store lets its log grow larger.
    private static let checkpointBytes = 1_000 * 4_096

    /// Stands for the path in errors.
    public let name: String
    /// What happens before each operation.
    public let behaviour: DiskBehaviour
    private let state: Mutex<State>

    /// - Parameters:
    ///   - name: stands for the path in errors.
    ///   - capacityBytes: how much it holds, 3.5 GiB as the SQLite store; a message takes its data and 256 bytes.
    public init(
        name: String = "simulated disk", capacityBytes: Int = 3_758_096_384, behaviour: DiskBehaviour = .immediate
    ) {
        self.name = name
        self.behaviour = behaviour
        state = Mutex(State(capacity: capacityBytes))
    }

    // MARK: Room

    /// Taken by messages.
    public var usedBytes: Int { state.withLock { $0.contents.table.usedBytes } }

    /// How much it holds.
    public var capacityBytes: Int { state.withLock { $0.capacity } }

    /// Left for messages; never below 0.
    public var freeBytes: Int { state.withLock { max(0, $0.capacity - $0.contents.table.usedBytes) } }

    /// Changes the capacity. What is there stays, even if it is more; only writes that need more room are then refused.
    public func limit(toBytes capacity: Int) { state.withLock { $0.capacity = capacity } }

    /// Leaves no room: the next message that needs some is refused with ``StorageError/full``.
    public func fill() { state.withLock { $0.capacity = $0.contents.table.usedBytes } }

    // MARK: Faults

    /// Refuses this many writes from now on with an I/O error. It replaces the number given before.
    public func failNextWrites(_ count: Int) { state.withLock { $0.failingWrites = count } }

    /// Lets half of the next write reach the disk before an I/O error, see ``DiskOutcome/tears``.
    public func tearNextWrite() { state.withLock { $0.tearsNextWrite = true } }

    /// Ends the process that has the disk open. Whatever was acknowledged stays; the store's calls, those that wait
    /// for the disk included, throw ``StorageError/closed``.
    ///
    /// - Parameter writeUnderWay: what becomes of a write that waits in ``DiskBehaviour/before``.
    public func crash(writeUnderWay: WriteUnderWay = .torn) {
        state.withLock { state in
            state.holder = nil
            guard let transaction = state.underWay.take() else { return }
            switch writeUnderWay {
            case .lost: break
            case .torn: state.contents.tear(transaction)
            case .landed where state.fits(transaction): state.contents.commit(transaction)
            case .landed: break
            }
        }
    }

    /// Commits that a power cut could take: those after the last checkpoint.
    public var unsyncedCommits: Int { state.withLock { $0.contents.unsyncedCommits } }

    /// Ends the process, and with it goes what was not synced.
    ///
    /// - Parameter survivingCommits: so many of ``unsyncedCommits``, the oldest, had reached the platter by chance.
    public func losePower(survivingCommits: Int = 0) {
        crash(writeUnderWay: .torn)
        state.withLock { $0.contents.loseUnsynced(butFirst: survivingCommits) }
    }

    // MARK: For the store

    /// Takes the disk and recovers it: a write without its commit mark is taken back.
    ///
    /// - Returns: the holder's number and the index of what is there.
    /// - Throws: ``StorageError/locked(path:)`` while another store has it open.
    func open() throws(StorageError) -> (holder: Int, index: MessageIndex) {
        try state.withLock { state throws(StorageError) in
            guard state.holder == nil else { throw .locked(path: name) }
            state.contents.dropTornWrite()
            state.openings += 1
            state.holder = state.openings
            return (state.openings, MessageIndex(state.contents))
        }
    }

    func isHeld(by holder: Int) -> Bool { state.withLock { $0.holder == holder } }

    /// Lets go, unless the disk has another holder by now.
    ///
    /// - Parameter syncing: whether the checkpoint before it succeeds; if not, the log stays for the next store.
    func close(_ holder: Int, syncing: Bool) {
        state.withLock { state in
            guard state.holder == holder else { return }
            if syncing { state.contents.sync() }
            state.holder = nil
        }
    }

    func check(_ holder: Int) throws(StorageError) {
        try state.withLock { state throws(StorageError) in try state.check(holder) }
    }

    /// Shows what is there. It must not be kept as a whole: the next write would have to copy all of it.
    func read<Result>(
        by holder: Int, _ body: (DiskContents) -> sending Result
    ) throws(StorageError) -> sending Result {
        try state.withLock { state throws(StorageError) in
            try state.check(holder)
            return body(state.contents)
        }
    }

    /// Says what is about to be written, in case the process dies before ``commit(_:by:after:toDo:)``.
    func begin(_ transaction: WriteTransaction, by holder: Int) throws(StorageError) {
        try state.withLock { state throws(StorageError) in
            try state.check(holder)
            state.underWay = transaction
        }
    }

    /// Writes all of it, or throws and leaves everything as it was.
    ///
    /// - Parameters:
    ///   - outcome: what the disk's behaviour made of the write.
    ///   - operation: for the error's text.
    /// - Returns: whether a checkpoint is due.
    func commit(
        _ transaction: WriteTransaction, by holder: Int, after outcome: DiskOutcome, toDo operation: String
    ) throws(StorageError) -> Bool {
        try state.withLock { state throws(StorageError) in
            try state.check(holder)
            state.underWay = nil
            switch state.takeFault(or: outcome) {
            case .proceeds:
                guard state.fits(transaction) else { throw .full }
                state.contents.commit(transaction)
                return state.contents.unsyncedBytes >= Self.checkpointBytes
            case .tears:
                state.contents.tear(transaction)
                state.contents.dropTornWrite()
                throw .writing(operation)
            case .fails: throw .writing(operation)
            }
        }
    }

    /// A checkpoint; not a store's any more that has lost the disk.
    func sync(by holder: Int) throws(StorageError) {
        try state.withLock { state throws(StorageError) in
            try state.check(holder)
            state.contents.sync()
        }
    }
}

extension StorageError {
    /// As SQLite words a write that the operating system refused; 778 is SQLITE_IOERR_WRITE.
    fileprivate static func writing(_ operation: String) -> StorageError {
        .failed(operation: operation, code: 778, message: "disk I/O error")
    }
}
