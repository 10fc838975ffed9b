import SessionProtocol
import Storage
import Testing

/// What a store says of itself (storage-node §12.6).
@Suite struct StatisticsTests {
    @Test("Messages are counted by account and namespace, and room grows with them", arguments: StoreKind.allCases)
    func counting(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind, capacity: 1 << 24).open()
        let empty = try await store.statistics()
        #expect(empty.messages == 0 && empty.accounts == 0 && empty.perNamespace.isEmpty)
        #expect(empty.messagesPerAccount == nil)
        let data = Bytes(repeating: 1, count: 10_000)
        for number in 0..<40 {
            let account = number < 25 ? alice : number < 39 ? bob : aliceGroup
            _ = try await store.store(message(number, for: account, in: Namespace(Int16(number % 3) - 2), data: data))
        }
        let full = try await store.statistics()
        // Of each account one message in the outbox, and every third number belongs there.
        #expect(full.messages == 40 - 13 + 2)
        #expect(full.accounts == 3)
        #expect(full.usedBytes - empty.usedBytes > full.messages * 10_000)
        #expect(full.usedBytes <= full.totalBytes && full.totalBytes <= full.maximumBytes)
        #expect(full.maximumBytes == 1 << 24)
        #expect(full.perNamespace.map(\.namespace) == [Namespace(-2), Namespace(-1), Namespace(0)])
        #expect(full.perNamespace.map(\.messages).reduce(0, +) == full.messages)
        _ = try await store.removeExpired(at: 2_000)
        let emptied = try await store.statistics()
        #expect(emptied.holdsAsMuch(as: empty))
        #expect(emptied.usedBytes < full.usedBytes - 250_000)
        await store.close()
        await #expect(throws: StorageError.closed) { _ = try await store.statistics() }
    }

    @Test("The spread is over accounts with two messages or more, by their rank")
    func distribution() throws {
        typealias Distribution = StoreStatistics.Distribution
        #expect(Distribution(counts: []) == nil)
        #expect(Distribution(counts: [1, 1, 0]) == nil)
        let single = try #require(Distribution(counts: [1, 5, 1]))
        #expect([single.accounts, single.minimum, single.median, single.maximum] == [1, 5, 5, 5])
        let hundred = try #require(Distribution(counts: (2...101).reversed() + [1, 1]))
        #expect(
            [
                hundred.accounts, hundred.minimum, hundred.fifthPercentile, hundred.lowerQuartile, hundred.median,
                hundred.upperQuartile, hundred.ninetyFifthPercentile, hundred.maximum,
            ] == [100, 2, 7, 27, 52, 77, 97, 101])
        #expect(hundred.mean == 51.5)
    }
}
