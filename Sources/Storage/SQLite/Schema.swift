/// The tables of a node's file (storage-node §11).
///
/// It differs from the reference's where room or order is won by it, or a defect lost. Hashes are packed, see
/// ``OrderedHash``. Pages have 8,192 bytes: of the usual 4,096 a message of 1 KiB leaves a fifth unused. The index by
/// mailbox has no timestamp: SQLite ends it with the row, so a page of a mailbox is read in order of arrival without
/// sorting. Revocations belong to an account whether it has messages or not.
enum Schema {
    static let version: Int64 = 2
    static let pageBytes: Int64 = 8_192

    private static let creation = """
        CREATE TABLE owners (
            id INTEGER PRIMARY KEY,
            account BLOB NOT NULL UNIQUE
        );
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY,
            hash BLOB NOT NULL,
            owner INTEGER NOT NULL,
            namespace INTEGER NOT NULL DEFAULT 0,
            timestamp INTEGER NOT NULL,
            expiry INTEGER NOT NULL,
            expiry_changed INTEGER NOT NULL DEFAULT 0,
            stored_at INTEGER NOT NULL DEFAULT 0,
            data BLOB NOT NULL
        );
        CREATE UNIQUE INDEX messages_hash ON messages (hash);
        CREATE INDEX messages_expiry ON messages (expiry);
        CREATE INDEX messages_mailbox ON messages (owner, namespace);
        CREATE INDEX messages_changed ON messages (expiry_changed, hash) WHERE expiry_changed > 0;
        CREATE VIEW owned_messages AS
            SELECT messages.id, hash, account, namespace, timestamp, expiry, expiry_changed, stored_at, data
            FROM messages JOIN owners ON messages.owner = owners.id;
        CREATE TRIGGER forget_owner AFTER DELETE ON messages
            WHEN NOT EXISTS (SELECT 1 FROM messages WHERE owner = old.owner)
            BEGIN DELETE FROM owners WHERE id = old.owner; END;
        CREATE TABLE removals (
            hash BLOB PRIMARY KEY,
            account BLOB NOT NULL,
            at INTEGER NOT NULL,
            until INTEGER NOT NULL,
            expiry INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX removals_at ON removals (at, hash);
        CREATE INDEX removals_until ON removals (until);
        CREATE TABLE revocations (
            id INTEGER PRIMARY KEY,
            account BLOB NOT NULL,
            token BLOB NOT NULL,
            at INTEGER NOT NULL,
            is_revoked INTEGER NOT NULL,
            UNIQUE (account, token)
        );
        CREATE INDEX revocations_at ON revocations (at, account, token);
        CREATE INDEX revocations_lifted ON revocations (at) WHERE NOT is_revoked;
        CREATE TABLE state (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            first_free_row INTEGER NOT NULL,
            is_clean INTEGER NOT NULL
        );
        INSERT INTO state VALUES (1, 1, 1);
        PRAGMA user_version = 2;
        """

    /// Sets up the connection and, in a new file, the tables.
    ///
    /// - Parameter maximumBytes: the size the file may reach.
    /// - Returns: the pages the file may have.
    /// - Throws: ``StorageError/foreign(path:message:)`` for a database with other tables.
    static func install(in connection: SQLiteConnection, maximumBytes: Int) throws(StorageError) -> Int64 {
        let operation = "open the store"
        // Of no effect on a file that has pages already.
        try connection.execute("PRAGMA page_size = \(pageBytes)", toDo: operation)
        try connection.writeAhead(toDo: operation)
        let pageBytes = try connection.prepare("PRAGMA page_size", toDo: operation).integer([]) ?? pageBytes
        let pages = Int64(maximumBytes) / pageBytes
        try connection.execute("PRAGMA max_page_count = \(pages)", toDo: operation)
        try connection.makeTables(creation, version: version, toDo: operation)
        return pages
    }
}
