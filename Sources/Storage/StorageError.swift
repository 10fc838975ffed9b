/// Why a store could not do what it was asked.
public enum StorageError: Error, Equatable, CustomStringConvertible {
    /// The store reached its size limit. Nothing was evicted and nothing was written.
    case full
    /// The disk is full. Nothing was written, and the next try may succeed.
    case diskFull(path: String)
    /// The store was closed before.
    case closed
    /// The file could not be opened or created.
    case cannotOpen(path: String, message: String)
    /// Another process held the file's lock until the busy time-out passed.
    case locked(path: String)
    /// The file is not a database, or a page or row of it is broken.
    case damaged(path: String, message: String)
    /// The file is a sound database, but not one of this program's.
    case foreign(path: String, message: String)
    /// SQLite refused for another reason; `code` is its extended result code.
    case failed(operation: String, code: Int32, message: String)

    /// Whether the disk is to blame, or the rights to it: the same may succeed once that is mended.
    public var isOfDisk: Bool {
        switch self {
        case .diskFull, .cannotOpen: true
        // SQLITE_IOERR with whatever it was in particular.
        case .failed(_, let code, _): code & 0xff == 10
        case .full, .closed, .locked, .damaged, .foreign: false
        }
    }

    /// Whether the file is not what was written to it.
    public var isDamage: Bool { if case .damaged = self { true } else { false } }

    /// Whether there is no room, by the store's own limit or the disk's.
    public var isForLackOfRoom: Bool {
        switch self {
        case .full, .diskFull: true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .full:
            "the store is full; raise its size limit, or delete messages"
        case .diskFull(let path):
            "\(path): its disk is full; free some room, and it goes on by itself"
        case .closed:
            "the store is closed; open it again to use it"
        case .cannotOpen(let path, let message):
            "\(path): cannot open the store: \(message); check that its directory exists and is writable"
        case .locked(let path):
            "\(path): the store is locked by another process; stop that process or use another run directory"
        case .damaged(let path, let message):
            "\(path): the store is damaged: \(message); move the file away and start without it"
        case .foreign(let path, let message):
            "\(path): not a store of this version: \(message); move the file away or use another path"
        case .failed(let operation, let code, let message):
            "the store failed to \(operation): \(message) (SQLite code \(code)); see sqlite.org/rescode.html"
        }
    }
}
