import Foundation
import SessionProtocol
import Storage
import Synchronization
import Testing

/// How much room a store takes beside what it holds.
@Suite struct LogBoundTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func bytes(_ suffix: String) throws -> Int {
        try #require(
            try FileManager.default.attributesOfItem(atPath: directory.path() + suffix)[.size] as? Int)
    }

    @Test(
        "A store's log stays at what is stored, or at some mebibytes, however many commits there are",
        arguments: [false, true])
    func bounded(beside: Bool) async throws {
        let detached = { @Sendable (work: @escaping @Sendable () -> Void) -> Void in Task.detached { work() } }
        let (store, _) = try SQLiteMessageStore.open(path: directory.path(), beside: beside ? detached : nil)
        // 24 MiB of log if it were never folded in.
        for number in 0..<500 {
            _ = try await store.store(message(number, data: Bytes(repeating: 0x5a, count: 1_024)))
            _ = try await store.store(message(number, expiry: 3_000, storedAt: 5, data: [1]))
        }
        #expect(try bytes("-wal") <= 6 << 20)
        #expect(try await store.everything().count == 500)
        // One transaction that is larger than the bound; the log is short again with the next ones.
        let many = (1_000..<4_000).map { message($0, data: Bytes(repeating: 0x5a, count: 4_096)) }
        _ = try await store.insert(many)
        for number in 5_000..<5_010 { _ = try await store.store(message(number)) }
        #expect(try bytes("-wal") <= 5 * bytes("") / 4 + (1 << 20))
        await store.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == ["storage.db"])
    }

    @Test("The log of a chain of blocks is bounded alike")
    func blocks() throws {
        let store = try SQLiteBlockStore(path: directory.path())
        for height in 0..<1_500 {
            try store.append([StoredBlock(height: UInt64(height), content: Bytes(repeating: 7, count: 500))])
        }
        #expect(try bytes("-wal") <= 6 << 20)
        #expect(try store.all().count == 1_500)
        store.close()
    }

    @Test("A store that reached its limit says so once, and once that it takes messages again")
    func limit() async throws {
        let told = Mutex<[StorageError?]>([])
        let (store, _) = try SQLiteMessageStore.open(path: directory.path(), maximumBytes: 400_000) { failure in
            told.withLock { $0.append(failure) }
        }
        var number = 0
        while told.withLock({ $0.isEmpty }), number < 1_000 {
            number += 1
            // Refused at last, which is what is waited for.
            _ = try? await store.store(message(number, expiry: 1_000, data: Bytes(repeating: 1, count: 5_000)))
        }
        await #expect(throws: StorageError.full) {
            _ = try await store.store(message(2_000, data: Bytes(repeating: 1, count: 5_000)))
        }
        #expect(told.withLock { $0 } == [.full])
        _ = try await store.removeExpired(at: 1_000)
        #expect(told.withLock { $0 } == [.full, nil])
    }
}
