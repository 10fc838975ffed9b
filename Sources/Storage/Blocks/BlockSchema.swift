/// The tables of a chain's file: the blocks, and the bytes that say which chain they belong to.
enum BlockSchema {
    /// Far from the versions of message files, so that neither is taken for the other.
    static let version: Int64 = 1_001

    private static let creation = """
        CREATE TABLE blocks (height INTEGER PRIMARY KEY, content BLOB NOT NULL);
        CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 1), content BLOB NOT NULL);
        PRAGMA user_version = 1001;
        """

    /// Sets up the connection and, in a new file, the tables.
    ///
    /// - Throws: ``StorageError/foreign(path:message:)`` for a database with other tables.
    static func install(in connection: SQLiteConnection) throws(StorageError) {
        let operation = "open the file of blocks"
        try connection.writeAhead(toDo: operation)
        try connection.makeTables(creation, version: version, toDo: operation)
    }
}
