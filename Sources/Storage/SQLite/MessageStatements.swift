/// The statements of a store, prepared once.
struct MessageStatements {
    let insertOwner: SQLiteStatement
    let ownerRow: SQLiteStatement
    let known: SQLiteStatement
    let raiseExpiry: SQLiteStatement
    let insert: SQLiteStatement
    let removeOthers: SQLiteStatement
    let page: SQLiteStatement
    let removeExpired: SQLiteStatement
    let all: SQLiteStatement
    let laterInOutbox: SQLiteStatement
    let entries: SQLiteStatement
    let named: SQLiteStatement
    let removeRow: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StorageError) {
        let storing = "store a message"
        insertOwner = try connection.prepare("INSERT OR IGNORE INTO owners (type, pubkey) VALUES (?, ?)", toDo: storing)
        ownerRow = try connection.prepare("SELECT id FROM owners WHERE type = ? AND pubkey = ?", toDo: storing)
        known = try connection.prepare("SELECT id, expiry FROM messages WHERE hash = ?", toDo: storing)
        raiseExpiry = try connection.prepare("UPDATE messages SET expiry = ? WHERE hash = ?", toDo: storing)
        insert = try connection.prepare(
            "INSERT INTO messages (hash, owner, namespace, timestamp, expiry, data) VALUES (?, ?, ?, ?, ?, ?)",
            toDo: storing)
        removeOthers = try connection.prepare(
            """
            DELETE FROM messages WHERE owner = (SELECT id FROM owners WHERE type = ? AND pubkey = ?)
            AND namespace = ? AND hash <> ?
            """, toDo: "replace an outbox message")
        page = try connection.prepare(
            """
            SELECT hash, timestamp, expiry, data FROM messages
            WHERE owner = ?1 AND namespace = ?2 AND id > coalesce(
                (SELECT id FROM messages WHERE hash = ?3 AND owner = ?1 AND namespace = ?2), 0)
            ORDER BY id
            """, toDo: "retrieve messages")
        removeExpired = try connection.prepare(
            "DELETE FROM messages WHERE expiry <= ?", toDo: "remove expired messages")
        all = try connection.prepare(
            """
            SELECT id, type, pubkey, namespace, hash, timestamp, expiry, data FROM owned_messages
            WHERE id > ? ORDER BY id LIMIT ?
            """, toDo: "list the store")
        laterInOutbox = try connection.prepare(
            """
            SELECT id FROM messages WHERE owner = (SELECT id FROM owners WHERE type = ? AND pubkey = ?)
            AND namespace = ? AND (timestamp, hash) > (?, ?)
            """, toDo: "replace an outbox message")
        // The order of hashes is the index's own; the length of a column is known without reading it.
        entries = try connection.prepare(
            """
            SELECT id, type, pubkey, hash, expiry, length(data) FROM owned_messages
            WHERE hash > ? ORDER BY hash LIMIT ?
            """, toDo: "list the store")
        named = try connection.prepare(
            """
            SELECT id, type, pubkey, namespace, hash, timestamp, expiry, data FROM owned_messages WHERE hash = ?
            """, toDo: "read messages")
        removeRow = try connection.prepare(
            "DELETE FROM messages WHERE id = ? AND expiry = ?", toDo: "forget messages handed over")
    }
}
