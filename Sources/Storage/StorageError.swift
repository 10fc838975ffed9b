/// Why a store could not do what it was asked.
public enum StorageError: Error, Equatable, CustomStringConvertible {
    /// The store reached its size limit, or its disk is full. Nothing was evicted and nothing was written.
    case full
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

    public var description: String {
        switch self {
        case .full:
            "the store is full; raise its size limit or free disk space"
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
