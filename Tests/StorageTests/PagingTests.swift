import SessionProtocol
import Storage
import Testing

@Suite struct PagingTests {
    let directory: TemporaryDirectory
    let store: SQLiteMessageStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try SQLiteMessageStore(path: directory.path())
    }

    @Test("A count limits the page, and `more` is exact at the boundary")
    func counts() async throws {
        for number in 0..<100 { _ = try await store.store(message(number)) }
        for (count, returned) in [
            (1, 1), (10, 10), (11, 11), (50, 50), (99, 99), (100, 100), (101, 100), (-1, 100), (0, 100),
        ] {
            let limits = RetrieveLimits(requestedCount: count, requestedSize: nil)
            let page = try await store.retrieve(alice, .inbox, after: nil, limits: limits)
            #expect(page.messages.map(\.hash) == (0..<returned).map(hash), "max_count \(count)")
            #expect(page.more == (returned < 100), "max_count \(count)")
        }
    }

    @Test("Sizes limit the page as the reference counts them")
    func sizes() async throws {
        let data = Bytes(repeating: 0x5a, count: 70_000)
        for number in 0..<90 { _ = try await store.store(message(number, data: data)) }
        let cases: [(count: Int?, size: Int?, returned: Int)] = [
            (nil, -1, 83), (nil, -3, 27), (nil, nil, 16), (nil, -5, 16), (nil, 0, 16), (0, 0, 16), (nil, 500_000, 5),
            (nil, 7_800_000, 83), (nil, 7_800_001, 83), (nil, .max, 83), (nil, .min, 1), (nil, 1, 1),
            // One message counts 100 + 43 + 93,333 bytes.
            (nil, 467_380, 5), (nil, 467_379, 4), (nil, 93_476, 1),
            (-1, nil, 83), (90, nil, 83), (5, nil, 5), (5, 500_001, 5), (10, 500_000, 5), (-1, -5, 16),
        ]
        for (count, size, returned) in cases {
            let limits = RetrieveLimits(requestedCount: count, requestedSize: size)
            let page = try await store.retrieve(alice, .inbox, after: nil, limits: limits)
            let label: Comment = "max_count \(String(describing: count)), max_size \(String(describing: size))"
            #expect(page.messages.count == returned, label)
            #expect(page.more, label)
        }
    }

    @Test("The last message fits when the total equals the limit, and then no more is announced")
    func exactFit() async throws {
        for number in 0..<5 { _ = try await store.store(message(number, data: Bytes(repeating: 1, count: 70_000))) }
        for (bytes, returned) in [(467_380, 5), (467_379, 4)] {
            let page = try await store.retrieve(alice, .inbox, after: nil, limits: RetrieveLimits(maximumBytes: bytes))
            #expect(page.messages.count == returned)
            #expect(page.more == (returned < 5))
        }
    }

    @Test("A reader that passes on its last hash sees every message once, in order of arrival")
    func following() async throws {
        // Interleaved with another mailbox, and with hashes that do not sort in order of arrival.
        let numbers = (0..<25).map { ($0 * 7) % 25 }
        for number in numbers {
            _ = try await store.store(message(number))
            _ = try await store.store(message(number + 1_000, for: bob))
        }
        var seen: [MessageHash] = []
        for expected in [10, 10, 5] {
            let page = try await store.retrieve(
                alice, .inbox, after: seen.last, limits: RetrieveLimits(maximumCount: 10))
            #expect(page.messages.count == expected)
            #expect(page.more == (expected == 10 && seen.count < 15))
            seen += page.messages.map(\.hash)
        }
        #expect(seen == numbers.map(hash))
        let end = try await store.retrieve(alice, .inbox, after: seen.last, limits: RetrieveLimits())
        #expect(end == MessagePage(messages: [], more: false))
    }

    @Test("After a hash the mailbox does not hold, reading starts from the beginning")
    func unknownHash() async throws {
        _ = try await store.store(message(1, expiry: 10))
        for number in 2...4 { _ = try await store.store(message(number)) }
        _ = try await store.store(message(5, for: bob))
        _ = try await store.store(message(6, in: Namespace(1)))
        _ = try await store.removeExpired(at: 10)
        for (last, reason) in [(1, "expired"), (5, "other account"), (6, "other namespace"), (99, "never seen")] {
            let page = try await store.retrieve(alice, .inbox, after: hash(last), limits: RetrieveLimits())
            #expect(page.messages.map(\.hash) == [hash(2), hash(3), hash(4)], "\(reason)")
        }
    }

    @Test("An unknown mailbox is empty")
    func emptyMailbox() async throws {
        _ = try await store.store(message(1))
        let page = try await store.retrieve(bob, .inbox, after: hash(1), limits: RetrieveLimits())
        #expect(page == MessagePage(messages: [], more: false))
    }

    @Test("The whole store is listed in pages, over accounts and namespaces, with rows that are never reused")
    func inventory() async throws {
        let kept = [message(1), message(2, for: bob), message(3, in: outbox), message(4, for: aliceGroup)]
        for one in kept { _ = try await store.store(one) }
        let first = try await store.messages(afterRow: 0, limit: 3)
        #expect(first.map(\.message) == Array(kept[..<3]))
        let last = try #require(first.last)
        let rest = try await store.messages(afterRow: last.row, limit: 3)
        #expect(rest.map(\.message) == [kept[3]])
        #expect(try await store.messages(afterRow: 0, limit: -1).isEmpty)

        #expect(try await store.removeExpired(at: 2_000) == 4)
        _ = try await store.store(message(5))
        let lastRow = try #require(rest.last).row
        #expect(try await store.messages(afterRow: lastRow, limit: 3).map(\.message) == [message(5)])
    }
}
