/// The statements of a store.
struct MessageStatements {
    // Storing.
    let insertOwner: SQLiteStatement
    let owner: SQLiteStatement
    let known: SQLiteStatement
    let raiseExpiry: SQLiteStatement
    let restamp: SQLiteStatement
    let insert: SQLiteStatement
    let removeOthers: SQLiteStatement
    let laterInOutbox: SQLiteStatement
    // Reading.
    let page: SQLiteStatement
    let all: SQLiteStatement
    let entries: SQLiteStatement
    let named: SQLiteStatement
    // Forgetting.
    let removeRow: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StorageError) {
        let storing = "store a message"
        insertOwner = try connection.prepare("INSERT INTO owners (account) VALUES (?)", toDo: storing)
        owner = try connection.prepare("SELECT id FROM owners WHERE account = ?", toDo: storing)
        known = try connection.prepare(
            "SELECT id, expiry, expiry_changed, stored_at FROM messages WHERE hash = ?", toDo: storing)
        raiseExpiry = try connection.prepare(
            "UPDATE messages SET expiry = ?1, expiry_changed = ?2, stored_at = max(stored_at, ?2) WHERE id = ?3",
            toDo: storing)
        restamp = try connection.prepare("UPDATE messages SET stored_at = ? WHERE id = ?", toDo: storing)
        // Another program may have added rows.
        insert = try connection.prepare(
            """
            INSERT INTO messages (id, hash, owner, namespace, timestamp, expiry, expiry_changed, stored_at, data)
            VALUES (max(?, coalesce((SELECT max(id) FROM messages), 0) + 1), ?, ?, ?, ?, ?, ?, ?, ?)
            """, toDo: storing)
        let replacing = "replace an outbox message"
        removeOthers = try connection.prepare(
            """
            DELETE FROM messages
            WHERE owner = (SELECT id FROM owners WHERE account = ?) AND namespace = ? AND hash <> ?
            """, toDo: replacing)
        laterInOutbox = try connection.prepare(
            """
            SELECT id FROM messages WHERE owner = (SELECT id FROM owners WHERE account = ?)
            AND namespace = ? AND (timestamp, hash) > (?, ?)
            """, toDo: replacing)
        page = try connection.prepare(
            """
            WITH mailbox (owner) AS MATERIALIZED (SELECT id FROM owners WHERE account = ?1)
            SELECT hash, timestamp, expiry, stored_at, data FROM messages
            WHERE owner = (SELECT owner FROM mailbox) AND namespace = ?2 AND id > coalesce(
                (SELECT id FROM messages
                WHERE hash = ?3 AND owner = (SELECT owner FROM mailbox) AND namespace = ?2), 0)
            ORDER BY id
            """, toDo: "retrieve messages")
        all = try connection.prepare(
            """
            SELECT id, hash, account, namespace, timestamp, expiry, expiry_changed, stored_at, data
            FROM owned_messages
            WHERE id > ? ORDER BY id LIMIT ?
            """, toDo: "list the store")
        // The order of hashes is the index's own; the length of a column is known without reading it.
        entries = try connection.prepare(
            """
            SELECT id, hash, account, expiry, expiry_changed, length(data) FROM owned_messages
            WHERE hash > ? ORDER BY hash LIMIT ?
            """, toDo: "list the store")
        named = try connection.prepare(
            """
            SELECT id, hash, account, namespace, timestamp, expiry, expiry_changed, stored_at, data
            FROM owned_messages
            WHERE hash = ?
            """, toDo: "read messages")
        removeRow = try connection.prepare(
            "DELETE FROM messages WHERE id = ? AND expiry = ?", toDo: "forget messages handed over")
    }
}
