/// The statements for what owners ask for of messages that are not here.
struct OrderStatements {
    // Of single messages.
    let awaited: SQLiteStatement
    let putAwaited: SQLiteStatement
    let forgetAwaited: SQLiteStatement
    let awaitedExpiries: SQLiteStatement
    // Of mailboxes.
    let standing: SQLiteStatement
    let addStanding: SQLiteStatement
    let dropStanding: SQLiteStatement
    let standingOrders: SQLiteStatement
    private let blind: Counts
    private let awaiting: Counts
    private let standingCounts: Counts
    private let lifted: Counts

    /// How many there are of one kind.
    struct Counts {
        let ofAccount: SQLiteStatement
        let ofAll: SQLiteStatement
    }

    func counts(of kind: OrderKind) -> Counts {
        switch kind {
        case .blindRemoval: blind
        case .awaitedExpiry: awaiting
        case .standingOrder: standingCounts
        case .liftedRevocation: lifted
        }
    }

    init(_ connection: SQLiteConnection) throws(StorageError) {
        func prepare(_ sql: String, toDo operation: String = "change messages") throws(StorageError) -> SQLiteStatement
        {
            try connection.prepare(sql, toDo: operation)
        }
        awaited = try prepare("SELECT at, earliest, latest FROM awaited_expiries WHERE hash = ? AND account = ?")
        putAwaited = try prepare(
            "INSERT OR REPLACE INTO awaited_expiries (hash, account, at, earliest, latest) VALUES (?, ?, ?, ?, ?)")
        forgetAwaited = try prepare("DELETE FROM awaited_expiries WHERE hash = ? AND account = ?")
        awaitedExpiries = try prepare(
            """
            SELECT hash, account, at, earliest, latest FROM awaited_expiries
            WHERE (at, hash, account) > (?, ?, ?) ORDER BY at, hash, account LIMIT ?
            """, toDo: "list changes")
        let columns = "account, at, namespace, is_shortening, bound"
        standing = try prepare("SELECT \(columns) FROM standing_orders WHERE account = ?")
        addStanding = try prepare(
            "INSERT OR REPLACE INTO standing_orders (\(columns), key) VALUES (?, ?, ?, ?, ?, ?)")
        dropStanding = try prepare("DELETE FROM standing_orders WHERE at = ? AND key = ?")
        standingOrders = try prepare(
            "SELECT \(columns) FROM standing_orders WHERE (at, key) > (?, ?) ORDER BY at, key LIMIT ?",
            toDo: "list changes")
        func counts(_ table: String, where condition: String) throws(StorageError) -> Counts {
            let all = "SELECT count(*) FROM \(table) WHERE \(condition)"
            return Counts(ofAccount: try prepare("\(all) AND account = ?"), ofAll: try prepare(all))
        }
        blind = try counts("removals", where: "is_blind")
        awaiting = try counts("awaited_expiries", where: "true")
        standingCounts = try counts("standing_orders", where: "true")
        lifted = try counts("revocations", where: "NOT is_revoked")
    }
}
