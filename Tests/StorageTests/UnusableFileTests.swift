import CSQLite
import Foundation
import SessionProtocol
import Storage
import Testing

@Suite struct UnusableFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A second program with the file open.
    private func run(_ sql: String, keepOpen: Bool = false) throws -> OpaquePointer? {
        var handle: OpaquePointer?
        try #require(sqlite3_open(directory.path(), &handle) == SQLITE_OK)
        var text: UnsafeMutablePointer<CChar>?
        let code = sqlite3_exec(handle, sql, nil, nil, &text)
        try #require(code == SQLITE_OK, "\(text.map { String(cString: $0) } ?? "")")
        if keepOpen { return handle }
        sqlite3_close(handle)
        return nil
    }

    private func errorOnOpening(_ path: String) -> StorageError? {
        do throws(StorageError) {
            _ = try SQLiteMessageStore(path: path, busyTimeout: 10)
            return nil
        } catch {
            return error
        }
    }

    @Test("A path that cannot hold a file is named, with the reason and what to do")
    func noDirectory() {
        let path = directory.path("missing/storage.db")
        let error = errorOnOpening(path)
        #expect(error == .cannotOpen(path: path, message: "unable to open database file"))
        #expect(
            error?.description
                == "\(path): cannot open the store: unable to open database file; "
                + "check that its directory exists and is writable")
        #expect(errorOnOpening(directory.url.path) != nil)
    }

    @Test("A file that is no database is reported as damaged and left as it is", arguments: [10, 100, 5_000])
    func garbage(length: Int) throws {
        let garbage = Data(repeating: 0x21, count: length)
        try garbage.write(to: URL(filePath: directory.path()))
        #expect(errorOnOpening(directory.path()) == .damaged(path: directory.path(), message: "file is not a database"))
        #expect(try Data(contentsOf: URL(filePath: directory.path())) == garbage)
    }

    @Test("A database cut short is reported as damaged when opened")
    func truncated() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        for number in 0..<50 { _ = try await store.store(message(number, data: Bytes(repeating: 1, count: 3_000))) }
        await store.close()
        let file = try FileHandle(forUpdating: URL(filePath: directory.path()))
        try file.truncate(atOffset: 20_000)
        try file.close()
        guard case .damaged(directory.path(), _) = errorOnOpening(directory.path()) else {
            Issue.record("got \(String(describing: errorOnOpening(directory.path())))")
            return
        }
    }

    @Test("Broken pages are reported as damaged when read")
    func brokenPages() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        for number in 0..<50 { _ = try await store.store(message(number, data: Bytes(repeating: 1, count: 3_000))) }
        await store.close()
        let file = try FileHandle(forUpdating: URL(filePath: directory.path()))
        let end = try file.seekToEnd()
        try file.seek(toOffset: end - 40_960)
        try file.write(contentsOf: Data(repeating: 0xff, count: 40_960))
        try file.close()
        let reopened = try SQLiteMessageStore(path: directory.path())
        await #expect {
            _ = try await reopened.everything()
        } throws: { error in
            guard case StorageError.damaged(directory.path(), _) = error else { return false }
            return true
        }
    }

    @Test(
        "A row that is no message is reported as damaged, not invented",
        arguments: [
            ("UPDATE messages SET hash = x'00'", "a row has a malformed hash"),
            (
                "UPDATE messages SET hash = x'000000000000000000000000000000000000000000000000000000000000000001'",
                "a row has a malformed hash"
            ),
            ("UPDATE owners SET account = x'05'", "row 1 has a malformed owner or namespace"),
            ("UPDATE messages SET namespace = 40000", "row 1 has a malformed owner or namespace"),
        ])
    func brokenRow(change: String, reason: String) async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        _ = try await store.store(message(1))
        _ = try run(change)
        await #expect(throws: StorageError.damaged(path: directory.path(), message: reason)) {
            _ = try await store.everything()
        }
    }

    @Test(
        "Another program's database, or another version's, is refused and not written to",
        arguments: [
            ("CREATE TABLE notes (text)", "schema version 0, 1 tables, want version 3"),
            ("PRAGMA user_version = 1; CREATE TABLE messages (id)", "schema version 1, 1 tables, want version 3"),
            ("PRAGMA user_version = 4", "schema version 4, 0 tables, want version 3"),
        ])
    func foreignDatabase(sql: String, reason: String) throws {
        _ = try run(sql)
        #expect(errorOnOpening(directory.path()) == .foreign(path: directory.path(), message: reason))
    }

    @Test("A file another program has locked is reported as locked, at opening and at storing")
    func locked() async throws {
        let rollback = try run("CREATE TABLE t (x); BEGIN EXCLUSIVE", keepOpen: true)
        #expect(errorOnOpening(directory.path()) == .locked(path: directory.path()))
        sqlite3_close(rollback)
        try FileManager.default.removeItem(atPath: directory.path())

        let store = try SQLiteMessageStore(path: directory.path(), busyTimeout: 10)
        let writer = try run("BEGIN IMMEDIATE", keepOpen: true)
        await #expect(throws: StorageError.locked(path: directory.path())) { _ = try await store.store(message(1)) }
        #expect(try await store.hashes() == [])
        sqlite3_close(writer)
        #expect(try await store.store(message(1)).outcome == .new)
    }

    @Test("What another program changes in the file is seen at once")
    func foreignChangeIsSeen() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        for number in 1...2 { _ = try await store.store(message(number)) }
        _ = try run("UPDATE messages SET data = x'00' WHERE id = 1; DELETE FROM messages WHERE id = 2")
        #expect(try await store.everything() == [message(1, data: [0])])
    }

    @Test("A store that fails half-way is undone, says why, and leaves the store in working order")
    func failureIsUndone() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        _ = try await store.store(message(1, in: outbox))
        _ = try run("CREATE TRIGGER t BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'not today'); END")
        await #expect(
            throws: StorageError.failed(operation: "store a message", code: 1811, message: "not today")
        ) {
            _ = try await store.store(message(2, in: outbox))
        }
        #expect(try await store.everything() == [message(1, in: outbox)])
        _ = try run("DROP TRIGGER t")
        #expect(try await store.store(message(2, in: outbox)).outcome == .new)
        #expect(try await store.everything() == [message(2, in: outbox)])
    }
}
