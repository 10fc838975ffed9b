import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// What a node does for its store by itself: expiry and inventory (storage-node §11).
@Suite(.workLimit(minutes: 1)) struct HousekeepingTests {
    private func environment(_ store: any MessageStore, _ clock: TestClock) -> NodeEnvironment {
        NodeEnvironment(
            clock: clock, transport: TestTransport(), randomness: SeededRandomness(seed: 1), store: store,
            events: TestEventLog())
    }

    private func message(_ number: Int, expiry: Int64) throws -> StoredMessage {
        let account = try TestAccount().session
        let data = Bytes("message \(number)".utf8)
        return StoredMessage(
            account: account, namespace: .inbox, hash: MessageHash(account: account, namespace: .inbox, data: data),
            timestamp: TestClock.epoch, expiry: expiry, data: data)
    }

    @Test("Expired messages go at the start and then every ten seconds, those due exactly now included")
    func expiry() async throws {
        let files = try TemporaryStore()
        let clock = TestClock()
        let environment = environment(files.messages, clock)
        for offset in [-1, 0, 1, 10_000, 10_001, 20_001] as [Int64] {
            _ = try await files.messages.store(message(Int(offset), expiry: TestClock.epoch + offset))
        }
        func left() async throws -> [Int64] {
            try await files.messages.messages(afterRow: 0, limit: 9).map { $0.message.expiry - TestClock.epoch }
        }
        var seen: [[Int64]] = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Expiry(environment: environment).run() }
            await clock.untilSomeoneSleeps(until: .seconds(10))
            seen.append(try await left())
            clock.advance(by: .milliseconds(9_999))
            seen.append(try await left())
            clock.advance(by: .milliseconds(1))
            await clock.untilSomeoneSleeps(until: .seconds(20))
            seen.append(try await left())
            clock.advance(by: .seconds(10))
            await clock.untilSomeoneSleeps(until: .seconds(30))
            seen.append(try await left())
            group.cancelAll()
        }
        let soon: [Int64] = [1, 10_000, 10_001, 20_001]
        #expect(seen == [soon, soon, [10_001, 20_001], [20_001]])
    }

    @Test("A sweep that fails is repeated; a closed store ends the sweeping")
    func failingSweeps() async throws {
        let clock = TestClock()
        await withThrowingTaskGroup(of: Void.self) { group in
            let failing = environment(FailingStore(error: .locked(path: "x")), clock)
            group.addTask { try await Expiry(environment: failing).run() }
            await clock.untilSomeoneSleeps(until: .seconds(10))
            clock.advance(by: .seconds(10))
            await clock.untilSomeoneSleeps(until: .seconds(20))
            group.cancelAll()
        }
        try await Expiry(environment: environment(FailingStore(error: .closed), clock)).run()
    }

    @Test("An inventory lists everything once, in order, whatever the number of pages", arguments: [0, 1, 256, 600])
    func inventory(count: Int) async throws {
        let files = try TemporaryStore()
        var expected: [InventoryRecord] = []
        for number in 0..<count {
            let message = try message(number, expiry: .max)
            _ = try await files.messages.store(message)
            expected.append(
                InventoryRecord(
                    account: message.account, namespace: .inbox, hash: message.hash,
                    timestamp: message.timestamp, expiry: message.expiry,
                    digest: Hex.encode(Digest.sha256(message.data))))
        }
        #expect(try await Inventory(store: files.messages).take() == expected)
    }

    @Test("An inventory that cannot be read is an error, not an empty one")
    func unreadableInventory() async {
        await #expect(throws: StorageError.closed) {
            try await Inventory(store: FailingStore(error: .closed)).take()
        }
    }

    @Test("A record stands in the event as plain fields")
    func record() throws {
        let account = try TestAccount()
        let record = InventoryRecord(
            account: account.group, namespace: Namespace(-11),
            hash: MessageHash(account: account.group, namespace: Namespace(-11), data: Bytes("hello".utf8)),
            timestamp: 5, expiry: 7, digest: "ab")
        #expect(
            record.json.text
                == #"{"account":"\#(account.group.hex)","digest":"ab","expiry":7,"#
                + #""hash":"r0r8vFXohvKg8XKddZdTKDgudub9uDYxLtLOi1bnfDs","namespace":-11,"timestamp":5}"#)
    }
}
