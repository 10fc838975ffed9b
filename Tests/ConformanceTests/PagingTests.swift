import SessionProtocol
import Storage
import Testing

@Suite struct PagingTests {
    @Test("Count and size limit a page, and `more` is exact at the boundary", arguments: StoreKind.allCases)
    func limits(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        for number in 0..<20 { _ = try await store.store(message(number, data: Bytes(repeating: 1, count: 700))) }
        // One message counts 100 + 43 + 933 bytes.
        let cases: [(count: Int?, bytes: Int, returned: Int)] = [
            (nil, .max, 20), (20, .max, 20), (19, .max, 19), (1, .max, 1), (0, .max, 1), (-4, .max, 1), (nil, 0, 1),
            (nil, 5_380, 5), (nil, 5_379, 4), (4, 5_380, 4), (6, 5_380, 5), (nil, 21_520, 20), (nil, 21_519, 19),
        ]
        for (count, bytes, returned) in cases {
            let limits = RetrieveLimits(maximumCount: count, maximumBytes: bytes)
            let page = try await store.retrieve(alice, .inbox, after: nil, limits: limits)
            #expect(page.messages.map(\.hash) == (0..<returned).map(hash), "\(limits)")
            #expect(page.more == (returned < 20), "\(limits)")
        }
    }

    @Test("An audit gives everything in order of arrival, also beyond its pages", arguments: StoreKind.allCases)
    func audit(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        #expect(try await store.audit(\.hash) == [])
        let messages = (0..<600).map { message($0, expiry: Int64($0 + 1), data: Bytes(repeating: 7, count: $0)) }
        for message in messages { _ = try await store.store(message) }
        _ = try await store.removeExpired(at: 10)
        #expect(try await store.audit(\.unmarked) == Array(messages[10...]))
        await store.close()
        await #expect(throws: StorageError.closed) { _ = try await store.audit(\.hash) }
    }

    @Test("A reader that passes on its last hash sees all in order of arrival", arguments: StoreKind.allCases)
    func following(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        for number in 0..<25 {
            _ = try await store.store(message(number))
            _ = try await store.store(message(number + 1_000, for: bob))
        }
        var seen: [MessageHash] = []
        for expected in [10, 10, 5] {
            let limits = RetrieveLimits(maximumCount: 10)
            let page = try await store.retrieve(alice, .inbox, after: seen.last, limits: limits)
            #expect(page.messages.count == expected)
            #expect(page.more == (expected == 10))
            seen += page.messages.map(\.hash)
        }
        #expect(seen == (0..<25).map(hash))
        #expect(try await store.hashes(after: seen.last) == [])
    }

    @Test("After a hash the mailbox does not hold, reading starts from the beginning", arguments: StoreKind.allCases)
    func unknownHash(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        _ = try await store.store(message(1, expiry: 10))
        for number in 2...4 { _ = try await store.store(message(number)) }
        _ = try await store.store(message(5, for: bob))
        _ = try await store.store(message(6, in: Namespace(1)))
        _ = try await store.removeExpired(at: 10)
        for (last, reason) in [(1, "expired"), (5, "other account"), (6, "other namespace"), (99, "never seen")] {
            #expect(try await store.hashes(after: hash(last)) == [hash(2), hash(3), hash(4)], "\(reason)")
        }
        #expect(try await store.hashes(after: hash(3)) == [hash(4)])
        #expect(try await store.hashes(aliceGroup) == [])
        #expect(try await store.hashes(bob, after: hash(2)) == [hash(5)])
    }

    @Test("The whole store is listed in pages by row", arguments: StoreKind.allCases)
    func inventory(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        let kept = [message(1), message(2, for: bob), message(3, in: outbox), message(4, for: aliceGroup)]
        for one in kept { _ = try await store.store(one) }
        let cases: [(after: Int64, limit: Int, rows: [Int64])] = [
            (0, 3, [1, 2, 3]), (3, 3, [4]), (4, 3, []), (0, 0, []), (0, -1, []), (-9, .max, [1, 2, 3, 4]),
            (.min, 2, [1, 2]), (.max, 2, []), (2, 1, [3]),
        ]
        for (after, limit, rows) in cases {
            let page = try await store.messages(afterRow: after, limit: limit)
            #expect(page.map(\.row) == rows, "after \(after), limit \(limit)")
            #expect(page.map(\.message) == rows.map { kept[Int($0) - 1] })
        }
    }
}
