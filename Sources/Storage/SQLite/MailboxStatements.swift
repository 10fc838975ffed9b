/// The statements that go through an account's mailboxes.
///
/// They have no conditions that pass rows over: their limit is on what is looked at. They take one namespace at a time, as
/// the index finds a row only inside one.
struct MailboxStatements {
    /// The messages of a namespace after a row, in their order.
    let part: SQLiteStatement
    let nextNamespace: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StorageError) {
        let ofOwner = "FROM messages WHERE owner = (SELECT id FROM owners WHERE account = ?)"
        let operation = "change messages"
        part = try connection.prepare(
            """
            SELECT id, expiry, expiry_changed, stored_at, namespace, hash, timestamp
            \(ofOwner) AND namespace = ? AND id > ? ORDER BY id LIMIT ?
            """, toDo: operation)
        nextNamespace = try connection.prepare(
            "SELECT namespace \(ofOwner) AND namespace > ? ORDER BY namespace LIMIT 1", toDo: operation)
    }
}
