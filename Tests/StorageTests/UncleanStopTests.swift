import CSQLite
import Foundation
import SessionProtocol
import Storage
import Testing

/// What a store does with the file that its predecessor left.
@Suite struct UncleanStopTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.url.path).sorted() }
    }

    /// A file of a store with 200 messages of 1 KiB.
    private func filled(isClosed: Bool) async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        _ = try await store.insert((0..<200).map { message($0, data: Bytes(repeating: 0x5a, count: 1_024)) })
        if isClosed { await store.close() } else { await store.abandon() }
    }

    private func overwrite(at offset: UInt64, with bytes: Data) throws {
        let file = try FileHandle(forUpdating: URL(filePath: directory.path()))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: bytes)
        try file.close()
    }

    /// The first byte of the page that an index or table begins with.
    private func start(of name: String) throws -> UInt64 {
        var handle: OpaquePointer?
        var statement: OpaquePointer?
        defer {
            sqlite3_finalize(statement)
            sqlite3_close(handle)
        }
        try #require(sqlite3_open(directory.path(), &handle) == SQLITE_OK)
        let query =
            "SELECT rootpage - 1, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = '\(name)'"
        try #require(sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK)
        try #require(sqlite3_step(statement) == SQLITE_ROW)
        return UInt64(sqlite3_column_int64(statement, 0) * sqlite3_column_int64(statement, 1))
    }

    @Test(
        "A file closed in good order is not checked, one left open is, and so is the next after that if left open too")
    func marker() async throws {
        for (isClosed, expected) in [
            (true, StoreCondition.sound), (false, .checkedAfterUncleanStop), (false, .checkedAfterUncleanStop),
            (true, .sound), (true, .sound),
        ] {
            let first = try SQLiteMessageStore.open(path: directory.path())
            _ = try await first.store.store(message(1))
            if isClosed { await first.store.close() } else { await first.store.abandon() }
            let (store, condition) = try SQLiteMessageStore.open(path: directory.path())
            #expect(condition == expected)
            #expect(try await store.hashes() == [hash(1)])
            await store.close()
        }
        #expect(try files == ["storage.db"])
    }

    @Test("Killed in the middle, a store is checked and has all it acknowledged")
    func killed() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        for number in 0..<50 { _ = try await store.store(message(number)) }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: directory.path() + suffix, toPath: directory.path("killed.db") + suffix)
        }
        let (survivor, condition) = try SQLiteMessageStore.open(path: directory.path("killed.db"))
        #expect(condition == .checkedAfterUncleanStop)
        #expect(try await survivor.everything() == (0..<50).map { message($0) })
        await survivor.close()
        await store.close()
    }

    /// Ways a file is broken that is left by an unclean stop.
    enum Damage: String, CaseIterable, Sendable {
        case header, page, index, cutShort, cutToNothingUseful, garbage, shortGarbage
    }

    private func inflict(_ damage: Damage) throws {
        let path = directory.path()
        switch damage {
        case .header: try overwrite(at: 0, with: Data(repeating: 0, count: 100))
        // Messages that came last: nothing reads them when the file is opened.
        case .page:
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            let end = try file.seekToEnd()
            try file.close()
            try overwrite(at: end - 5 * 8_192, with: Data(repeating: 0xff, count: 5 * 8_192))
        case .index:
            // Every index entry is still well formed, but the first names another row: a quick check passes.
            let start = try start(of: "messages_expiry")
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            try file.seek(toOffset: start + 8)
            let cell = try #require(try file.read(upToCount: 2))
            try file.close()
            let offset = start + (UInt64(cell[0]) << 8 | UInt64(cell[1]))
            try overwrite(at: offset + 3, with: Data([0x7f]))
        case .cutShort, .cutToNothingUseful:
            let file = try FileHandle(forUpdating: URL(filePath: path))
            try file.truncate(atOffset: damage == .cutShort ? 3 * 8_192 + 77 : 50)
            try file.close()
        case .garbage: try Data(repeating: 0x21, count: 100_000).write(to: URL(filePath: path))
        case .shortGarbage: try Data("not a database".utf8).write(to: URL(filePath: path))
        }
    }

    @Test(
        "A damaged file is set aside with all its bytes, and the store begins empty and works",
        arguments: Damage.allCases)
    func setAside(_ damage: Damage) async throws {
        try await filled(isClosed: false)
        try inflict(damage)
        let bytes = try Data(contentsOf: URL(filePath: directory.path()))
        #expect(throws: StorageError.self) { try SQLiteMessageStore(path: directory.path()) }
        let (store, condition) = try SQLiteMessageStore.open(path: directory.path())
        guard case .setAside(let file, let reason) = condition else {
            Issue.record("\(damage): \(condition)")
            return
        }
        #expect(file == directory.path() + ".damaged-1")
        #expect(!reason.isEmpty)
        #expect(try Data(contentsOf: URL(filePath: file)) == bytes)
        #expect(try await store.everything() == [])
        #expect(try await store.store(message(1)).row == 1)
        await store.close()
        let again = try SQLiteMessageStore.open(path: directory.path())
        #expect(again.condition == .sound)
        #expect(try await again.store.hashes() == [hash(1)])
        await again.store.close()
    }

    @Test("Each damaged file gets a name of its own")
    func names() async throws {
        for number in 1...2 {
            try Data(repeating: 0x21, count: 10_000).write(to: URL(filePath: directory.path()))
            let (store, condition) = try SQLiteMessageStore.open(path: directory.path())
            let file = "\(directory.path()).damaged-\(number)"
            #expect(condition == .setAside(file: file, reason: "file is not a database"))
            await store.close()
        }
        #expect(try files == ["storage.db", "storage.db.damaged-1", "storage.db.damaged-2"])
    }

    @Test("Damage met while running has the file checked at the next start, though it was closed in good order")
    func metWhileRunning() async throws {
        try await filled(isClosed: true)
        try inflict(.page)
        let (store, condition) = try SQLiteMessageStore.open(path: directory.path())
        #expect(condition == .sound, "nobody has looked yet")
        await #expect(throws: StorageError.self) { _ = try await store.everything() }
        await store.close()
        let next = try SQLiteMessageStore.open(path: directory.path())
        guard case .setAside = next.condition else {
            Issue.record("\(next.condition)")
            return
        }
        #expect(try await next.store.everything() == [])
    }

    @Test("What is not damaged is never set aside: another program's file, a locked one, a place that is none")
    func leftAlone() async throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(directory.path(), &handle) == SQLITE_OK)
        try #require(sqlite3_exec(handle, "CREATE TABLE notes (text)", nil, nil, nil) == SQLITE_OK)
        #expect(
            throws: StorageError.foreign(
                path: directory.path(), message: "schema version 0, 1 tables, want version 3")
        ) { try SQLiteMessageStore.open(path: directory.path()) }
        try #require(sqlite3_exec(handle, "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE", nil, nil, nil) == SQLITE_OK)
        #expect(throws: StorageError.locked(path: directory.path())) {
            try SQLiteMessageStore.open(path: directory.path(), busyTimeout: 10)
        }
        sqlite3_close(handle)
        #expect(
            throws: StorageError.cannotOpen(
                path: directory.path("none/storage.db"), message: "unable to open database file")
        ) { try SQLiteMessageStore.open(path: directory.path("none/storage.db")) }
        #expect(try files.allSatisfy { !$0.contains("damaged") })
    }

    @Test(
        "A file of this or an older version that lacks its tables is refused as another program's",
        arguments: [(3, "no such table: state"), (2, "no such index: removals_at")])
    func missingTables(version: Int, message: String) async throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(directory.path(), &handle) == SQLITE_OK)
        try #require(sqlite3_exec(handle, "PRAGMA user_version = \(version)", nil, nil, nil) == SQLITE_OK)
        sqlite3_close(handle)
        #expect(throws: StorageError.foreign(path: directory.path(), message: message)) {
            try SQLiteMessageStore.open(path: directory.path())
        }
    }
}
