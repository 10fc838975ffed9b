import CSQLite
import SessionProtocol

/// A statement, kept as long as its store. Not thread-safe.
///
/// SQLite compiles it when it first runs: a node uses few of its statements, and each takes some 3 KiB.
final class SQLiteStatement {
    private let text: String
    private let connection: SQLiteConnection
    private let operation: String
    private var handle: OpaquePointer?

    /// A value for one `?` of the statement.
    enum Value {
        case integer(Int64)
        case text(String)
        case blob(Bytes)
        case null
    }

    init(_ text: String, of connection: SQLiteConnection, operation: String) {
        self.text = text
        self.connection = connection
        self.operation = operation
    }

    deinit { sqlite3_finalize(handle) }

    private func compiled() throws(StorageError) -> OpaquePointer {
        if let handle { return handle }
        let compiled = try connection.compile(text, toDo: operation)
        handle = compiled
        return compiled
    }

    /// Runs the statement and calls `row` for each row until it says to stop.
    ///
    /// - Parameter row: reads the current row from the statement and says whether it wants the next one.
    func run(_ values: [Value], row: (SQLiteStatement) throws(StorageError) -> Bool) throws(StorageError) {
        let handle = try compiled()
        defer {
            // An open cursor would hold its read lock and keep the write-ahead log from being folded in.
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1), of: handle) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: guard try row(self) else { return }
            case SQLITE_DONE: return
            default: throw connection.lastError(operation)
            }
        }
    }

    /// Runs a statement whose rows do not matter.
    func run(_ values: [Value]) throws(StorageError) {
        try run(values) { _ throws(StorageError) in true }
    }

    /// The first column of the first row; `nil` if there is no row.
    func integer(_ values: [Value]) throws(StorageError) -> Int64? {
        var found: Int64?
        try run(values) { statement throws(StorageError) in
            found = statement.integer(0)
            return false
        }
        return found
    }

    private func bind(_ value: Value, at index: Int32, of handle: OpaquePointer) throws(StorageError) {
        // SQLite copies the bytes (SQLITE_TRANSIENT), which are only valid during the call.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code =
            switch value {
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .text(let text): sqlite3_bind_text(handle, index, text, -1, copied)
            // A nil pointer, which empty arrays may have, would bind NULL.
            case .blob(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(handle, index, 0)
            case .blob(let bytes): sqlite3_bind_blob64(handle, index, bytes, UInt64(bytes.count), copied)
            case .null: sqlite3_bind_null(handle, index)
            }
        guard code == SQLITE_OK else { throw connection.lastError(operation) }
    }

    // Columns of the current row, counted from 0.

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(handle, column).map { String(cString: $0) } ?? ""
    }

    func byteCount(_ column: Int32) -> Int { Int(sqlite3_column_bytes(handle, column)) }

    func bytes(_ column: Int32) -> Bytes {
        // The pointer must be asked for before the length: asking may convert the value.
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Bytes(UnsafeRawBufferPointer(start: start, count: byteCount(column)))
    }

    /// Shows the bytes of a column without copying them.
    func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(handle, column)
        return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : byteCount(column)))
    }
}
