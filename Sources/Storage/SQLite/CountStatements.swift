/// The statements that count what the store holds and the room it takes.
struct CountStatements {
    let mailboxSizes: SQLiteStatement
    let pageCount: SQLiteStatement
    let freePages: SQLiteStatement
    let pageBytes: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StorageError) {
        let counting = "count the store"
        mailboxSizes = try connection.prepare(
            "SELECT owner, namespace, count(*) FROM messages GROUP BY owner, namespace", toDo: counting)
        pageCount = try connection.prepare("PRAGMA page_count", toDo: counting)
        freePages = try connection.prepare("PRAGMA freelist_count", toDo: counting)
        pageBytes = try connection.prepare("PRAGMA page_size", toDo: counting)
    }
}
