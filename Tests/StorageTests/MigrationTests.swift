import CSQLite
import Foundation
import SessionProtocol
import Storage
import Testing

/// Files that older versions left.
@Suite struct MigrationTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Makes the file as version 0.3.1 had it, with the same messages and removals.
    private static let downgrade = """
        ALTER TABLE removals RENAME TO new_removals;
        DROP INDEX removals_at;
        DROP INDEX removals_until;
        DROP INDEX removals_blind;
        CREATE TABLE removals (
            hash BLOB PRIMARY KEY, account BLOB NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL, expiry INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX removals_at ON removals (at, hash);
        CREATE INDEX removals_until ON removals (until);
        INSERT INTO removals SELECT hash, account, at, until, expiry FROM new_removals;
        DROP TABLE new_removals;
        DROP TABLE awaited_expiries;
        DROP TABLE standing_orders;
        PRAGMA user_version = 2;
        """

    private func run(_ sql: String) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        try #require(sqlite3_open(directory.path(), &handle) == SQLITE_OK)
        var text: UnsafeMutablePointer<CChar>?
        let code = sqlite3_exec(handle, sql, nil, nil, &text)
        try #require(code == SQLITE_OK, "\(text.map { String(cString: $0) } ?? "")")
    }

    @Test("A file of version 0.3.1 opens, full or not, and goes on with all that is in it", arguments: [false, true])
    func upgrade(isFull: Bool) async throws {
        let size = isFull ? 400_000 : 4_000_000
        let first = try SQLiteMessageStore(path: directory.path(), maximumBytes: size)
        for number in 1...5 { _ = try await first.store(message(number)) }
        _ = try await first.delete([hash(1), hash(2)], of: alice, at: 5_000)
        _ = try await first.expire([(hash(3), 1_500), (hash(4), 9_000)], of: alice, change: .set, at: 6_000)
        _ = try await first.removeExpired(at: 1_500)
        try await first.revoke([Bytes(repeating: 7, count: 36)], of: alice, at: 7_000)
        if isFull {
            await #expect(throws: StorageError.full) {
                for number in 100... {
                    _ = try await first.store(message(number, data: Bytes(repeating: 1, count: 900)))
                }
            }
        }
        let held = try await first.everything()
        let told = try await first.changes(since: 0, after: nil, limit: 99)
        #expect(told.count == 5)
        await first.close()
        try run(Self.downgrade)

        let (store, condition) = try SQLiteMessageStore.open(path: directory.path(), maximumBytes: size)
        #expect(condition == .sound)
        #expect(try await store.everything() == held)
        #expect(try await store.changes(since: 0, after: nil, limit: 99) == told)
        #expect(try await store.insert([message(1), message(3)]).added == 0)
        try await store.remember(.deletion([hash(9)]), of: alice, at: 8_000)
        try await store.remember(.emptying(.one(Namespace(7)), sentUpTo: nil), of: alice, at: 8_000)
        #expect(try await store.changes(since: 8_000, after: nil, limit: 99).count == 2)
        await store.close()
        let (again, _) = try SQLiteMessageStore.open(path: directory.path(), maximumBytes: size)
        #expect(try await again.changes(since: 0, after: nil, limit: 99).count == 7)
    }

    @Test("A full store forgets nothing that it is asked for of what is not here without need, and can be emptied")
    func full() async throws {
        let store = try SQLiteMessageStore(path: directory.path(), maximumBytes: 400_000)
        var stored: [MessageHash] = []
        await #expect(throws: StorageError.full) {
            for number in 0... {
                _ = try await store.store(message(number))
                stored.append(hash(number))
            }
        }
        let unknown = (100_000..<100_900).map { hash($0) }
        // Nobody was missed, so nothing has to be remembered; it must not take what deletions need.
        #expect(try await store.delete(unknown, of: bob, at: 5_000).isEmpty)
        try await store.remember(.deletion(unknown), of: bob, at: 5_000)
        #expect(try await store.changes(since: 0, after: nil, limit: 9_999).count == unknown.count)
        #expect(try await store.delete(stored, of: alice, at: 5_000).count == stored.count)
        #expect(try await store.store(message(1, storedAt: 6_000)).outcome == .new)
    }
}
