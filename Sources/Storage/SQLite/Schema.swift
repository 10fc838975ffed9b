/// The tables of a node's file (storage-node §11).
///
/// The index by mailbox has no timestamp, unlike the reference's: SQLite ends it with the row, so a page of a mailbox
/// is read in order of arrival without sorting.
enum Schema {
    static let version: Int64 = 1

    private static let creation = """
        CREATE TABLE owners (
            id INTEGER PRIMARY KEY,
            type INTEGER NOT NULL,
            pubkey BLOB NOT NULL,
            UNIQUE (pubkey, type)
        );
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            hash TEXT NOT NULL UNIQUE,
            owner INTEGER NOT NULL REFERENCES owners (id),
            namespace INTEGER NOT NULL DEFAULT 0,
            timestamp INTEGER NOT NULL,
            expiry INTEGER NOT NULL,
            data BLOB NOT NULL
        );
        CREATE INDEX messages_expiry ON messages (expiry);
        CREATE INDEX messages_mailbox ON messages (owner, namespace);
        CREATE VIEW owned_messages AS
            SELECT messages.id, hash, type, pubkey, namespace, timestamp, expiry, data
            FROM messages JOIN owners ON messages.owner = owners.id;
        CREATE TRIGGER forget_owner AFTER DELETE ON messages
            WHEN NOT EXISTS (SELECT 1 FROM messages WHERE owner = old.owner)
            BEGIN DELETE FROM owners WHERE id = old.owner; END;
        PRAGMA user_version = 1;
        """

    /// Sets up the connection and, in a new file, the tables.
    ///
    /// - Parameter maximumBytes: the size the file may reach.
    /// - Throws: ``StorageError/foreign(path:message:)`` for a database with other tables.
    static func install(in connection: SQLiteConnection, maximumBytes: Int) throws(StorageError) {
        let operation = "open the store"
        try connection.writeAhead(toDo: operation)
        try connection.execute("PRAGMA foreign_keys = ON", toDo: operation)
        let pageBytes = try connection.prepare("PRAGMA page_size", toDo: operation).integer([]) ?? 4096
        try connection.execute("PRAGMA max_page_count = \(Int64(maximumBytes) / pageBytes)", toDo: operation)
        try connection.makeTables(creation, version: version, toDo: operation)
    }
}
