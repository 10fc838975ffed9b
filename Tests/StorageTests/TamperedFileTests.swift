import Foundation
import SessionProtocol
import Storage
import Synchronization
import Testing

/// What somebody else does to a store's files while it is open.
@Suite struct TamperedFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A store whose messages are partly in its file, partly in its log.
    private func store() async throws -> SQLiteMessageStore {
        let before = try SQLiteMessageStore(path: directory.path())
        for number in 0..<20 { _ = try await before.store(message(number)) }
        await before.close()
        let store = try SQLiteMessageStore(path: directory.path())
        for number in 20..<40 { _ = try await store.store(message(number)) }
        return store
    }

    private func overwrite(_ suffix: String, at offset: Int, with bytes: Data) throws {
        let file = try FileHandle(forUpdating: URL(filePath: directory.path() + suffix))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: bytes)
        try file.close()
    }

    @Test("An audit finds everything that was stored, whether it is in the file or in its log")
    func sound() async throws {
        let store = try await store()
        #expect(try await store.audit(\.hash) == (0..<40).map { hash($0) })
        _ = try await store.removeExpired(at: 2_000)
        _ = try await store.store(message(50))
        #expect(try await store.audit(\.hash) == [hash(50)])
    }

    @Test(
        "A file or a log that was removed or replaced is noticed by the next write and by an audit",
        arguments: ["", "-wal"])
    func gone(suffix: String) async throws {
        for isReplaced in [false, true] {
            let failures = Mutex<[StorageError?]>([])
            let name = "replaced-\(isReplaced).db"
            let (store, _) = try SQLiteMessageStore.open(path: directory.path(name)) { failure in
                failures.withLock { $0.append(failure) }
            }
            _ = try await store.store(message(1))
            let path = directory.path(name) + suffix
            let copy = try Data(contentsOf: URL(filePath: path))
            try FileManager.default.removeItem(atPath: path)
            if isReplaced { try copy.write(to: URL(filePath: path)) }
            let expected = StorageError.damaged(
                path: directory.path(name), message: "the file or its log was removed or replaced while it was in use")
            await #expect(throws: expected) { _ = try await store.audit(\.hash) }
            for number in 2...3 { await #expect(throws: expected) { _ = try await store.store(message(number)) } }
            #expect(failures.withLock { $0 } == [expected], "said once")
            await store.abandon()
        }
    }

    /// Where a log is overwritten, and with how much.
    static let places: [(offset: Int, count: Int)] = [
        (0, 32), (8, 8), (32, 24), (32 + 24, 8_192), (32 + 3 * 8_216 + 100, 1),
    ]

    @Test("A log that was overwritten is noticed, wherever that was", arguments: places)
    func overwrittenLog(place: (offset: Int, count: Int)) async throws {
        let store = try await store()
        try overwrite("-wal", at: place.offset, with: Data(repeating: 0xa5, count: place.count))
        await #expect(
            throws: StorageError.damaged(
                path: directory.path(), message: "its write-ahead log was changed while it was in use")
        ) { _ = try await store.audit(\.hash) }
        await store.abandon()
    }

    @Test("A log that was cut is noticed")
    func cutLog() async throws {
        let store = try await store()
        try #require(truncate(directory.path() + "-wal", 0) == 0)
        await #expect(throws: StorageError.self) { _ = try await store.audit(\.hash) }
        await store.abandon()
    }

    @Test("Pages of the file that were overwritten are noticed, though the store has them in memory")
    func overwrittenPages() async throws {
        let before = try await store()
        await before.close()
        let store = try SQLiteMessageStore(path: directory.path())
        #expect(try await store.everything().count == 40)
        try overwrite("", at: 8_192, with: Data(repeating: 0xa5, count: 8_192 * 4))
        await #expect(throws: StorageError.self) { _ = try await store.audit(\.hash) }
        await store.abandon()
    }
}
