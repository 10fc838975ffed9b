/// The statements of a store, prepared once.
struct MessageStatements {
    // Storing.
    let insertOwner: SQLiteStatement
    let owner: SQLiteStatement
    let known: SQLiteStatement
    let raiseExpiry: SQLiteStatement
    let insert: SQLiteStatement
    let removeOthers: SQLiteStatement
    let laterInOutbox: SQLiteStatement
    // Reading.
    let page: SQLiteStatement
    let all: SQLiteStatement
    let entries: SQLiteStatement
    let named: SQLiteStatement
    // Forgetting.
    let rememberLapsed: SQLiteStatement
    let removeExpired: SQLiteStatement
    let forgetRemovals: SQLiteStatement
    let forgetLifted: SQLiteStatement
    let removeRow: SQLiteStatement
    // Rows that only grow.
    let lastRow: SQLiteStatement
    let keepFirstFreeRow: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StorageError) {
        let storing = "store a message"
        insertOwner = try connection.prepare("INSERT INTO owners (account) VALUES (?)", toDo: storing)
        owner = try connection.prepare("SELECT id FROM owners WHERE account = ?", toDo: storing)
        known = try connection.prepare("SELECT id, expiry FROM messages WHERE hash = ?", toDo: storing)
        raiseExpiry = try connection.prepare(
            "UPDATE messages SET expiry = ?, expiry_changed = max(expiry_changed, ?) WHERE id = ?", toDo: storing)
        // Another program may have added rows.
        insert = try connection.prepare(
            """
            INSERT INTO messages (id, hash, owner, namespace, timestamp, expiry, expiry_changed, data)
            VALUES (max(?, coalesce((SELECT max(id) FROM messages), 0) + 1), ?, ?, ?, ?, ?, ?, ?)
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
            SELECT hash, timestamp, expiry, data FROM messages
            WHERE owner = (SELECT owner FROM mailbox) AND namespace = ?2 AND id > coalesce(
                (SELECT id FROM messages
                WHERE hash = ?3 AND owner = (SELECT owner FROM mailbox) AND namespace = ?2), 0)
            ORDER BY id
            """, toDo: "retrieve messages")
        all = try connection.prepare(
            """
            SELECT id, hash, account, namespace, timestamp, expiry, expiry_changed, data FROM owned_messages
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
            SELECT id, hash, account, namespace, timestamp, expiry, expiry_changed, data FROM owned_messages
            WHERE hash = ?
            """, toDo: "read messages")
        let sweeping = "remove expired messages"
        rememberLapsed = try connection.prepare(
            """
            INSERT OR REPLACE INTO removals (hash, account, at, until, expiry)
            SELECT hash, account, expiry_changed, expiry_changed + \(RemovalLimits.lapsedMilliseconds), expiry
            FROM (SELECT * FROM owned_messages WHERE expiry <= ?1 ORDER BY expiry LIMIT ?2)
            WHERE expiry_changed > ?1 - \(RemovalLimits.lapsedMilliseconds) AND expiry_changed > 0
            """, toDo: sweeping)
        removeExpired = try connection.prepare(
            """
            DELETE FROM messages
            WHERE id IN (SELECT id FROM messages WHERE expiry <= ? ORDER BY expiry LIMIT ?)
            """, toDo: sweeping)
        forgetRemovals = try connection.prepare(
            "DELETE FROM removals WHERE hash IN (SELECT hash FROM removals WHERE until <= ? LIMIT ?)", toDo: sweeping)
        forgetLifted = try connection.prepare(
            "DELETE FROM revocations WHERE NOT is_revoked AND at <= ?", toDo: sweeping)
        removeRow = try connection.prepare(
            "DELETE FROM messages WHERE id = ? AND expiry = ?", toDo: "forget messages handed over")
        lastRow = try connection.prepare("SELECT max(id) FROM messages", toDo: storing)
        keepFirstFreeRow = try connection.prepare("UPDATE state SET first_free_row = ?", toDo: storing)
    }
}
