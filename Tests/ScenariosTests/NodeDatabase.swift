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

    func forget(_ hash: String) throws { try change("DELETE FROM messages WHERE hash = '\(hash)'") }

    func corrupt(_ hash: String) throws {
        try change("UPDATE messages SET data = CAST('other bytes' AS BLOB) WHERE hash = '\(hash)'")
    }

    /// Takes another node's copy of a message over as it is.
    func copy(_ hash: String, from other: NodeDirectory) throws {
        try execute("ATTACH '\(other.database)' AS other")
        try change(
            """
            INSERT OR IGNORE INTO main.owners (type, pubkey)
                SELECT type, pubkey FROM other.owned_messages WHERE hash = '\(hash)'
            """, rows: 0...1)
        try change(
            """
            INSERT INTO main.messages (hash, owner, namespace, timestamp, expiry, data)
                SELECT hash, o.id, namespace, timestamp, expiry, data
                FROM other.owned_messages m JOIN main.owners o ON o.pubkey = m.pubkey AND o.type = m.type
                WHERE hash = '\(hash)'
            """)
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
