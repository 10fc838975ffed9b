/// The tables of a node's file (storage-node §11).
///
/// It differs from the reference's where room or order is won by it, or a defect lost. Hashes are packed, see
/// ``OrderedHash``. Pages have 8,192 bytes: of the usual 4,096 a message of 1 KiB leaves a fifth unused. The index by
/// mailbox has no timestamp: SQLite ends it with the row, so a page of a mailbox is read in order of arrival without
/// sorting. Revocations belong to an account whether it has messages or not, and so does what owners asked for of
/// messages that are not here.
enum Schema {
    static let version: Int64 = 3
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
        \(removals)
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
        PRAGMA user_version = 3;
        """

    private static let removals = """
        CREATE TABLE removals (
            hash BLOB NOT NULL,
            account BLOB NOT NULL,
            at INTEGER NOT NULL,
            until INTEGER NOT NULL,
            expiry INTEGER,
            is_blind INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (hash, account)
        ) WITHOUT ROWID;
        CREATE INDEX removals_at ON removals (at, hash, account);
        CREATE INDEX removals_until ON removals (until);
        CREATE INDEX removals_blind ON removals (account) WHERE is_blind;
        CREATE TABLE awaited_expiries (
            hash BLOB NOT NULL,
            account BLOB NOT NULL,
            at INTEGER NOT NULL,
            earliest INTEGER NOT NULL,
            latest INTEGER NOT NULL,
            PRIMARY KEY (hash, account)
        ) WITHOUT ROWID;
        CREATE INDEX awaited_expiries_at ON awaited_expiries (at, hash, account);
        CREATE INDEX awaited_expiries_account ON awaited_expiries (account);
        CREATE TABLE standing_orders (
            at INTEGER NOT NULL,
            key BLOB NOT NULL,
            account BLOB NOT NULL,
            namespace INTEGER,
            is_shortening INTEGER NOT NULL,
            bound INTEGER NOT NULL,
            PRIMARY KEY (at, key)
        ) WITHOUT ROWID;
        CREATE INDEX standing_orders_account ON standing_orders (account);
        """

    /// What makes a file of an older version one of the next, by the older one.
    private static let migrations: [Int64: String] = [
        // Of each message one removal, whose ever it was, and nothing of messages that were not here.
        2: """
        DROP INDEX removals_at;
        DROP INDEX removals_until;
        ALTER TABLE removals RENAME TO old_removals;
        \(removals)
        INSERT INTO removals (hash, account, at, until, expiry) SELECT hash, account, at, until, expiry FROM old_removals;
        DROP TABLE old_removals;
        PRAGMA user_version = 3;
        """
    ]

    /// Sets up the connection and, in a new file, the tables; those of an older version become this one's.
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
        // The limit comes after: a full file must open.
        try connection.makeTables(creation, version: version, migrations: migrations, toDo: operation)
        try connection.execute("PRAGMA max_page_count = \(pages)", toDo: operation)
        return pages
    }
}
