import Foundation
import SessionProtocol
import Storage
import Testing

@Suite struct DurabilityTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("Messages and their order survive closing and opening again")
    func reopening() async throws {
        let kept = [message(3), message(1, for: bob), message(2, in: outbox)]
        let store = try SQLiteMessageStore(path: directory.path())
        for one in kept { _ = try await store.store(one) }
        await store.close()
        let reopened = try SQLiteMessageStore(path: directory.path())
        #expect(try await reopened.everything() == kept)
        #expect(try await reopened.store(message(3)).outcome == .exists)
    }

    @Test("Every acknowledged message is in the files at once, so that a killed process loses none")
    func killedProcess() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        for number in 0..<50 { _ = try await store.store(message(number)) }
        // What the operating system holds now is what a SIGKILL would leave; the shared memory file counts for nothing.
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: directory.path() + suffix, toPath: directory.path("after-kill.db") + suffix)
        }
        let survivor = try SQLiteMessageStore(path: directory.path("after-kill.db"))
        #expect(try await survivor.everything() == (0..<50).map { message($0) })
        await store.close()
    }

    @Test("A log torn in its last record loses that record only")
    func tornLog() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        for number in 0..<5 { _ = try await store.store(message(number)) }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: directory.path() + suffix, toPath: directory.path("torn.db") + suffix)
        }
        await store.close()
        let log = try FileHandle(forUpdating: URL(filePath: directory.path("torn.db-wal")))
        try log.truncate(atOffset: try log.seekToEnd() - 100)
        try log.close()
        let survivor = try SQLiteMessageStore(path: directory.path("torn.db"))
        #expect(try await survivor.everything() == (0..<4).map { message($0) })
    }

    @Test("A closed store refuses every call, closing twice is harmless, and no side files stay")
    func closing() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        _ = try await store.store(message(1))
        await store.close()
        await store.close()
        await #expect(throws: StorageError.closed) { _ = try await store.store(message(2)) }
        await #expect(throws: StorageError.closed) { _ = try await store.hashes() }
        await #expect(throws: StorageError.closed) { _ = try await store.removeExpired(at: 0) }
        await #expect(throws: StorageError.closed) { _ = try await store.everything() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == ["storage.db"])
    }

    @Test("A full store refuses new messages, keeps all it acknowledged, and takes more once some expired")
    func full() async throws {
        let data = Bytes(repeating: 0x77, count: 5_000)
        let store = try SQLiteMessageStore(path: directory.path(), maximumBytes: 400_000)
        var kept = [message(0, in: outbox, data: Bytes(repeating: 0x78, count: 20_000))]
        _ = try await store.store(kept[0])
        var refused = false
        for number in 1...100 {
            let next = message(number, expiry: number <= 5 ? 1_000 : 2_000, data: data)
            do throws(StorageError) {
                _ = try await store.store(next)
                kept.append(next)
            } catch {
                #expect(error == .full)
                refused = true
                break
            }
        }
        #expect(refused)
        #expect(kept.count > 10)
        #expect(try await store.everything() == kept)

        // Replacing frees its own room, but for a part of a page, so it must work even now.
        let replacement = message(500, in: outbox, data: Bytes(repeating: 0x79, count: 14_000))
        #expect(try await store.store(replacement).outcome == .new)
        #expect(try await store.hashes(alice, outbox) == [hash(500)])

        // A replacement that does not fit leaves the old message in place.
        await #expect(throws: StorageError.full) {
            _ = try await store.store(message(501, in: outbox, data: Bytes(repeating: 1, count: 70_000)))
        }
        #expect(try await store.hashes(alice, outbox) == [hash(500)])

        #expect(try await store.removeExpired(at: 1_000) == 5)
        #expect(try await store.store(message(600, data: data)).outcome == .new)
    }

    @Test("Writers and readers at once: nothing is lost, nothing doubled, each writer's order is kept")
    func concurrentUse() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        let writers = 8
        let each = 40
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for index in 0..<each {
                        // Every message is offered by two writers; one of them finds it there.
                        _ = try await store.store(message(writer / 2 * each + index))
                    }
                }
                group.addTask {
                    var seen: [MessageHash] = []
                    while seen.count < writers / 2 * each {
                        let page = try await store.retrieve(
                            alice, .inbox, after: seen.last, limits: RetrieveLimits(maximumCount: 9))
                        seen += page.messages.map(\.hash)
                        await Task.yield()
                    }
                    #expect(Set(seen).count == seen.count)
                }
            }
            try await group.waitForAll()
        }
        let hashes = try await store.hashes()
        #expect(hashes.count == writers / 2 * each)
        for pair in 0..<writers / 2 {
            let own = (0..<each).map { hash(pair * each + $0) }
            let members = Set(own)
            #expect(hashes.filter(members.contains) == own)
        }
    }
}
