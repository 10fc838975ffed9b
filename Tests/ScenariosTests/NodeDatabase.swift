import CSQLite
import Orchestrator

/// A running node's database, changed behind its back.
final class NodeDatabase {
    private let connection: OpaquePointer

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(_ node: NodeDirectory) throws {
        var connection: OpaquePointer?
        guard sqlite3_open_v2(node.database, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK,
            let connection
        else {
            throw Failure(description: "cannot open \(node.database)")
        }
        self.connection = connection
        sqlite3_busy_timeout(connection, 5_000)
    }

    deinit { sqlite3_close(connection) }

    func forget(_ hash: String) throws { try change("DELETE FROM messages WHERE hash = \(Self.column(hash))") }

    func corrupt(_ hash: String) throws {
        try change("UPDATE messages SET data = CAST('other bytes' AS BLOB) WHERE hash = \(Self.column(hash))")
    }

    func expire(_ hash: String, at expiry: Int64) throws {
        try change("UPDATE messages SET expiry = \(expiry) WHERE hash = \(Self.column(hash))")
    }

    func date(_ hash: String, to timestamp: Int64) throws {
        try change("UPDATE messages SET timestamp = \(timestamp) WHERE hash = \(Self.column(hash))")
    }

    /// Adds a message that nobody sent to the mailbox of another.
    func invent(_ invented: String, beside hash: String) throws {
        try change(
            """
            INSERT INTO messages (hash, owner, namespace, timestamp, expiry, data)
                SELECT \(Self.column(invented)), owner, namespace, timestamp, expiry, CAST('invented' AS BLOB)
                FROM messages WHERE hash = \(Self.column(hash))
            """)
    }

    /// Takes another node's copy of a message over as it is.
    func copy(_ hash: String, from other: NodeDirectory) throws {
        try execute("ATTACH '\(other.database)' AS other")
        try change(
            """
            INSERT OR IGNORE INTO main.owners (account)
                SELECT account FROM other.owned_messages WHERE hash = \(Self.column(hash))
            """, rows: 0...1)
        try change(
            """
            INSERT INTO main.messages (hash, owner, namespace, timestamp, expiry, data)
                SELECT hash, o.id, namespace, timestamp, expiry, data
                FROM other.owned_messages m JOIN main.owners o ON o.account = m.account
                WHERE hash = \(Self.column(hash))
            """)
    }

    /// A hash as the file has it: six bits a character, by the character's place in the order of their bytes.
    private static func column(_ hash: String) -> String {
        let order = Array("+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        var bits = hash.flatMap { character in
            let rank = order.firstIndex(of: character) ?? 0
            return (0..<6).reversed().map { rank >> $0 & 1 }
        }
        bits += Array(repeating: 0, count: (8 - bits.count % 8) % 8)
        let digits = stride(from: 0, to: bits.count, by: 4).map { place in
            String(bits[place..<place + 4].reduce(0) { $0 * 2 + $1 }, radix: 16)
        }
        return "x'\(digits.joined())'"
    }

    private func change(_ sql: String, rows: ClosedRange<Int32> = 1...1) throws {
        try execute(sql)
        let changed = sqlite3_changes(connection)
        guard rows.contains(changed) else {
            throw Failure(description: "\(changed) rows changed by: \(sql)")
        }
    }

    private func execute(_ sql: String) throws {
        guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else {
            throw Failure(description: "\(String(cString: sqlite3_errmsg(connection))): \(sql)")
        }
    }
}
