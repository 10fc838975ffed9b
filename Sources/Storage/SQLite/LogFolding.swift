import CSQLite
import Synchronization

/// Folds the write-ahead log of one file in while its store goes on writing: the disk is waited for on another thread, and
/// nobody who stores just then waits with it.
///
/// It is never whole that way, as the store has written on meanwhile. What is left is little, and the store folds it in
/// itself.
final class LogFolding: Sendable {
    /// Has something done on a thread that may wait for the disk.
    typealias Beside = @Sendable (_ work: @escaping @Sendable () -> Void) -> Void

    enum Phase {
        case idle
        case underWay
        /// Most of the log is in the file; the rest is for the store.
        case done
    }

    private let path: String
    private let beside: Beside
    private let phase = Mutex(Phase.idle)
    /// Whether the store has let go of the file. Held while work is done.
    private let isOver = Mutex(false)

    init(path: String, beside: @escaping Beside) {
        self.path = path
        self.beside = beside
    }

    /// Begins, unless it is under way. After it is done the store's own part comes first, so then it only becomes idle.
    /// - Returns: how it stood.
    func begin() -> Phase {
        let before = phase.withLock { phase in
            let before = phase
            phase = before == .done ? .idle : .underWay
            return before
        }
        if before == .idle { beside { self.run() } }
        return before
    }

    private func run() {
        isOver.withLock { isOver in if !isOver { fold() } }
        phase.withLock { $0 = .done }
    }

    /// Waits for work under way, and does no more.
    func end() { isOver.withLock { $0 = true } }

    /// What cannot be folded in, as on a full disk, is left to the store, which tries the same.
    private func fold() {
        var connection: OpaquePointer?
        defer { sqlite3_close_v2(connection) }
        // A file that is gone must not be made anew.
        guard sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK else {
            return
        }
        csqlite_set_lookaside(connection, 512, 32)
        sqlite3_exec(connection, "PRAGMA synchronous = NORMAL", nil, nil, nil)
        sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
}
