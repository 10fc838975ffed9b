/// A message with its place in the order of arrival.
struct StoredRow: Sendable {
    let row: Int64
    let message: StoredMessage

    /// What it takes on the disk: its data and a flat amount for keys, times and their index entries.
    var diskBytes: Int { Self.diskBytes(of: message) }

    static func diskBytes(of message: StoredMessage) -> Int { message.data.count + 256 }
}

/// What one call changes; all of it reaches the disk, or nothing.
struct WriteTransaction: Sendable {
    var removed: [StoredRow] = []
    var raised: (row: Int64, expiry: Int64)?
    var inserted: [StoredRow] = []

    var isEmpty: Bool { removed.isEmpty && raised == nil && inserted.isEmpty }

    private var removedBytes: Int { removed.reduce(0) { $0 + $1.diskBytes } }
    private var insertedBytes: Int { inserted.reduce(0) { $0 + $1.diskBytes } }

    /// By how much the used space grows.
    var growth: Int { insertedBytes - removedBytes }

    /// What it takes of the log: a few pages of tables and indexes, what comes, and what goes, which the log holds on
    /// to until the next checkpoint.
    var logBytes: Int { 5 * 4_096 + insertedBytes + removedBytes }

    var stepCount: Int { removed.count + (raised == nil ? 0 : 1) + inserted.count }
}
