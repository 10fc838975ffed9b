import SessionProtocol

/// The statements for what owners change and for what nodes tell each other of it.
struct ChangeStatements {
    /// A message of an account: its row, expiry, time of that expiry's change, and when it was stored.
    let own: SQLiteStatement
    let setExpiry: SQLiteStatement
    let removeOwn: SQLiteStatement
    let remember: SQLiteStatement
    let remembered: SQLiteStatement
    let forget: SQLiteStatement
    let ownerOf: SQLiteStatement
    // Subaccounts.
    let revocation: SQLiteStatement
    let putRevocation: SQLiteStatement
    let dropOldest: SQLiteStatement
    // Lists.
    let expiryChanges: SQLiteStatement
    let removals: SQLiteStatement
    let revocations: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StorageError) {
        func prepare(_ sql: String, toDo operation: String = "change messages") throws(StorageError) -> SQLiteStatement
        {
            try connection.prepare(sql, toDo: operation)
        }
        own = try prepare(
            """
            SELECT id, expiry, expiry_changed, stored_at FROM messages
            WHERE hash = ? AND owner = (SELECT id FROM owners WHERE account = ?)
            """)
        setExpiry = try prepare("UPDATE messages SET expiry = ?, expiry_changed = ? WHERE id = ?")
        removeOwn = try prepare("DELETE FROM messages WHERE id = ?")
        remember = try prepare(
            "INSERT OR REPLACE INTO removals (hash, account, at, until, expiry, is_blind) VALUES (?, ?, ?, ?, ?, ?)")
        remembered = try prepare("SELECT at, until, expiry, is_blind FROM removals WHERE hash = ? AND account = ?")
        forget = try prepare("DELETE FROM removals WHERE hash = ? AND account = ?")
        ownerOf = try prepare(
            "SELECT id, expiry, expiry_changed, stored_at, account FROM owned_messages WHERE hash = ?")
        revocation = try prepare("SELECT at, is_revoked FROM revocations WHERE account = ? AND token = ?")
        putRevocation = try prepare(
            "INSERT OR REPLACE INTO revocations (account, token, at, is_revoked) VALUES (?, ?, ?, ?)")
        dropOldest = try prepare(
            """
            DELETE FROM revocations WHERE id IN (
                SELECT id FROM revocations WHERE account = ?1 AND is_revoked = ?2
                ORDER BY at DESC, id DESC LIMIT -1 OFFSET \(Limits.revokedSubaccounts))
            """)
        let listing = "list changes"
        expiryChanges = try prepare(
            """
            SELECT hash, expiry, expiry_changed, account FROM owned_messages
            WHERE expiry_changed > 0 AND (expiry_changed, hash) > (?1, ?2)
            UNION ALL SELECT hash, expiry, at, account FROM removals
            WHERE expiry IS NOT NULL AND (at, hash) > (?1, ?2)
            ORDER BY 3, 1, 2 LIMIT ?3
            """, toDo: listing)
        removals = try prepare(
            """
            SELECT hash, account, at, until FROM removals
            WHERE expiry IS NULL AND (at, hash, account) > (?, ?, ?) ORDER BY at, hash, account LIMIT ?
            """, toDo: listing)
        revocations = try prepare(
            """
            SELECT account, token, at, is_revoked FROM revocations
            WHERE (at, account, token) > (?, ?, ?) ORDER BY at, account, token LIMIT ?
            """, toDo: listing)
    }
}
