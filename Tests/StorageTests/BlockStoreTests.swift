import CSQLite
import Foundation
import SessionProtocol
import Storage
import Testing

@Suite struct BlockStoreTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static func blocks(_ heights: ClosedRange<UInt64>, _ mark: UInt8 = 0) -> [StoredBlock] {
        heights.map { StoredBlock(height: $0, content: [UInt8($0), mark]) }
    }

    private func store() throws(StorageError) -> SQLiteBlockStore {
        try SQLiteBlockStore(path: directory.path(), busyTimeout: 10)
    }

    @Test("Blocks come back in order of height from a store that was opened anew, empty contents too")
    func reopened() throws {
        let first = try store()
        #expect(try first.all() == [])
        try first.append(Self.blocks(3...5))
        try first.append([StoredBlock(height: 6, content: [])])
        try first.append([])
        first.close()
        #expect(try store().all() == Self.blocks(3...5) + [StoredBlock(height: 6, content: [])])
    }

    @Test(
        "Blocks that leave a gap, are there already or go past the largest height are refused, and none of them is kept",
        arguments: [[8], [6, 8], [5], [6, 6], [1 << 63], [0]] as [[UInt64]])
    func gaps(heights: [UInt64]) throws {
        let store = try store()
        try store.append(Self.blocks(1...5))
        let error = #expect(throws: StorageError.self) {
            try store.append(heights.map { StoredBlock(height: $0, content: [9]) })
        }
        #expect(error?.description.contains("does not follow block") == true)
        #expect(try store.all() == Self.blocks(1...5))
        try store.append(Self.blocks(6...6))
        #expect(try store.all().count == 6)
    }

    @Test("Another branch takes the place of what it replaces, for good; one that leaves a gap replaces nothing")
    func branch() throws {
        let first = try store()
        try first.append(Self.blocks(1...9))
        try first.replace(fromHeight: 7, with: Self.blocks(7...10, 1))
        try first.replace(fromHeight: 11, with: [])
        #expect(throws: StorageError.self) { try first.replace(fromHeight: 5, with: Self.blocks(6...12, 2)) }
        first.close()
        let second = try store()
        #expect(try second.all() == Self.blocks(1...6) + Self.blocks(7...10, 1))
        try second.replace(fromHeight: 0, with: [])
        #expect(try second.all() == [])
        try second.append(Self.blocks(4...4))
        #expect(try second.all() == Self.blocks(4...4))
    }

    @Test("The first that names a file is the one it belongs to, also after it was opened anew")
    func identity() throws {
        let first = try store()
        #expect(try first.identity(elseSetTo: [1, 2]) == [1, 2])
        #expect(try first.identity(elseSetTo: [3]) == [1, 2])
        first.close()
        #expect(try store().identity(elseSetTo: [4]) == [1, 2])
    }

    @Test("A closed store says so, and closing again is nothing")
    func closed() throws {
        let store = try store()
        store.close()
        store.close()
        #expect(throws: StorageError.closed) { try store.append(Self.blocks(1...1)) }
        #expect(throws: StorageError.closed) { _ = try store.all() }
        #expect(throws: StorageError.closed) { try store.replace(fromHeight: 0, with: []) }
        #expect(throws: StorageError.closed) { _ = try store.identity(elseSetTo: []) }
    }

    @Test("A file of messages is no file of blocks, nor the other way round; both stay as they are")
    func foreign() async throws {
        await (try SQLiteMessageStore(path: directory.path("messages.db"))).close()
        let messages = directory.path("messages.db")
        do throws(StorageError) {
            _ = try SQLiteBlockStore(path: messages)
            Issue.record("messages were taken for blocks")
        } catch {
            guard case .foreign(messages, _) = error else { throw error }
        }
        try store().close()
        do throws(StorageError) {
            _ = try SQLiteMessageStore(path: directory.path())
            Issue.record("blocks were taken for messages")
        } catch {
            guard case .foreign(directory.path(), _) = error else { throw error }
        }
        #expect(try store().all() == [])
        await (try SQLiteMessageStore(path: messages)).close()
    }

    @Test("A second process that has the file locked is named, and nothing is written")
    func locked() throws {
        let store = try store()
        var other: OpaquePointer?
        try #require(sqlite3_open(directory.path(), &other) == SQLITE_OK)
        defer { sqlite3_close(other) }
        try #require(sqlite3_exec(other, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK)
        #expect(throws: StorageError.locked(path: directory.path())) { try store.append(Self.blocks(1...1)) }
        try #require(sqlite3_exec(other, "ROLLBACK", nil, nil, nil) == SQLITE_OK)
        try store.append(Self.blocks(1...1))
        #expect(try store.all() == Self.blocks(1...1))
    }
}
