/// Messages by row. Rows almost always come at the end, so the table is an array in row order with gaps where messages
/// were removed, closed up once they are the greater part.
struct MessageTable: Sendable {
    // Apart, as a search through slots that hold both would retain and release the messages it passes.
    private var rows: [Int64] = []
    /// The message of the row at the same position; `nil` for a gap.
    private var messages: [StoredMessage?] = []
    /// The few rows whose expiry an owner set.
    private var changed: Set<Int64> = []
    private(set) var count = 0
    /// Of all messages together, as ``StoredRow/diskBytes`` counts them.
    private(set) var usedBytes = 0

    /// The position of the first row that is `row` or above.
    private func position(of row: Int64) -> Int {
        // Most searches are for the end.
        guard let last = rows.last, row <= last else { return rows.count }
        var low = 0
        var high = rows.count - 1
        while low < high {
            let middle = (low + high) / 2
            if rows[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func exactPosition(of row: Int64) -> Int? {
        let position = position(of: row)
        return position < rows.count && rows[position] == row ? position : nil
    }

    subscript(row: Int64) -> StoredMessage? { exactPosition(of: row).flatMap { messages[$0] } }

    /// A row that an index says is there.
    func indexed(_ row: Int64) -> StoredRow {
        guard let message = self[row] else { preconditionFailure("the index names row \(row), which is gone") }
        return StoredRow(row: row, message: message)
    }

    mutating func insert(_ new: StoredRow) {
        let position = position(of: new.row)
        if position < rows.count, rows[position] == new.row {
            precondition(messages[position] == nil, "row \(new.row) is taken")
            messages[position] = new.message
        } else {
            rows.insert(new.row, at: position)
            messages.insert(new.message, at: position)
        }
        if new.message.expiryChanged > 0 { changed.insert(new.row) }
        count += 1
        usedBytes += new.diskBytes
    }

    mutating func remove(_ row: Int64) {
        guard let position = exactPosition(of: row), let message = messages[position].take() else { return }
        changed.remove(row)
        count -= 1
        usedBytes -= StoredRow.diskBytes(of: message)
        if rows.count - count > count + 16 { closeGaps() }
    }

    /// Makes new arrays, so that the room is given back too.
    private mutating func closeGaps() {
        rows = zip(rows, messages).compactMap { $1 == nil ? nil : $0 }
        messages = messages.filter { $0 != nil }
    }

    /// What can change of a message, in milliseconds since 1970.
    struct Times: Sendable {
        let expiry: Int64
        /// When the owner set the expiry; 0 for never.
        let expiryChanged: Int64
        /// `nil` leaves it as it was.
        let storedAt: Int64?
    }

    /// - Returns: what was there before; `nil` if there is no such row.
    mutating func setTimes(of row: Int64, to times: Times) -> Times? {
        guard let position = exactPosition(of: row), let old = messages[position] else { return nil }
        messages[position] = old.dated(
            expiry: times.expiry, expiryChanged: times.expiryChanged, storedAt: times.storedAt ?? old.storedAt)
        if times.expiryChanged > 0 { changed.insert(row) } else { changed.remove(row) }
        return Times(expiry: old.expiry, expiryChanged: old.expiryChanged, storedAt: old.storedAt)
    }

    /// Those whose expiry an owner set, in no order.
    var changedRows: [StoredRow] { changed.map { indexed($0) } }

    /// At most `limit` rows above `row`, in their order.
    func rows(after row: Int64, limit: Int) -> [StoredRow] {
        var found: [StoredRow] = []
        guard row < .max else { return found }
        for position in position(of: row + 1)..<rows.count {
            guard found.count < limit else { break }
            guard let message = messages[position] else { continue }
            found.append(StoredRow(row: rows[position], message: message))
        }
        return found
    }
}
