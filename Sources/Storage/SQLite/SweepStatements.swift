/// The statements that forget what has fallen due.
struct SweepStatements {
    let rememberLapsed: SQLiteStatement
    let removeExpired: SQLiteStatement
    let forgetRemovals: SQLiteStatement
    let forgetLifted: SQLiteStatement
    let forgetAwaited: SQLiteStatement
    let forgetStanding: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StorageError) {
        let sweeping = "remove expired messages"
        // The same rows as the next statement removes, also where more fall due at one moment than go at once.
        rememberLapsed = try connection.prepare(
            """
            INSERT OR REPLACE INTO removals (hash, account, at, until, expiry)
            SELECT hash, account, expiry_changed, expiry_changed + \(RemovalLimits.lapsedMilliseconds), expiry
            FROM (SELECT * FROM owned_messages WHERE expiry <= ?1 ORDER BY expiry, id LIMIT ?2)
            WHERE expiry_changed > ?1 - \(RemovalLimits.lapsedMilliseconds) AND expiry_changed > 0
            AND expiry_changed <= \(Int64.max - RemovalLimits.lapsedMilliseconds)
            """, toDo: sweeping)
        removeExpired = try connection.prepare(
            """
            DELETE FROM messages
            WHERE id IN (SELECT id FROM messages WHERE expiry <= ? ORDER BY expiry, id LIMIT ?)
            """, toDo: sweeping)
        forgetRemovals = try connection.prepare(
            """
            DELETE FROM removals
            WHERE (hash, account) IN (SELECT hash, account FROM removals WHERE until <= ? LIMIT ?)
            """, toDo: sweeping)
        forgetLifted = try connection.prepare(
            "DELETE FROM revocations WHERE NOT is_revoked AND at <= ?", toDo: sweeping)
        forgetAwaited = try connection.prepare("DELETE FROM awaited_expiries WHERE at <= ?", toDo: sweeping)
        forgetStanding = try connection.prepare("DELETE FROM standing_orders WHERE at <= ?", toDo: sweeping)
    }
}
