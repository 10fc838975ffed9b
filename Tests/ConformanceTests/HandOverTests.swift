import SessionProtocol
import Storage
import Testing

/// What nodes hand over to each other, in every store (storage-node §8.4).
@Suite struct HandOverTests {
    private func open(_ kind: StoreKind) throws -> (StorePlace, any MessageStore) {
        let place = try StorePlace(kind)
        return (place, try place.open())
    }

    @Test(
        "Messages handed over are added once, and what is known keeps its row and the later expiry",
        arguments: StoreKind.allCases)
    func inserting(_ kind: StoreKind) async throws {
        let (_, store) = try open(kind)
        _ = try await store.store(message(1))
        let handedOver = [message(1, expiry: 9_000), message(2, for: bob, in: Namespace(3)), message(3), message(3)]
        #expect(try await store.insert(handedOver) == InsertReceipt(added: 2, firstRow: 2))
        #expect(try await store.everything() == Array(handedOver[0...2]))
        #expect(try await store.insert([message(1)]) == InsertReceipt(added: 0, firstRow: nil))
        #expect(try await store.everything() == Array(handedOver[0...2]), "an earlier expiry")
        #expect(try await store.insert(handedOver) == InsertReceipt(added: 0, firstRow: nil))
        #expect(try await store.insert([]) == InsertReceipt(added: 0, firstRow: nil))
    }

    @Test(
        "Of an outbox the message sent last stays, whether it comes first, last or in the same hand-over",
        arguments: StoreKind.allCases)
    func outboxes(_ kind: StoreKind) async throws {
        let orders: [[[Int]]] = [[[1], [2]], [[2], [1]], [[1, 2]], [[2, 1]], [[2], [1, 2]], [[1, 3, 2], [2]]]
        for order in orders {
            let (_, store) = try open(kind)
            for batch in order { _ = try await store.insert(batch.map { message($0, in: outbox) }) }
            let newest = order.joined().max() ?? 0
            #expect(try await store.everything() == [message(newest, in: outbox)], "\(order)")
        }
    }

    @Test("A hand-over that fails half way leaves nothing behind", arguments: StoreKind.allCases)
    func failing(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind, capacity: 1 << 17)
        let store = try place.open()
        _ = try await store.store(message(1))
        let large = (2...40).map { message($0, data: Bytes(repeating: 1, count: 8_000)) }
        await #expect(throws: StorageError.full) { try await store.insert(large) }
        #expect(try await store.everything() == [message(1)])
        #expect(try await store.insert([message(2)]) == InsertReceipt(added: 1, firstRow: 2))
    }

    @Test("Entries come in the order of their hashes, page after page, without the data", arguments: StoreKind.allCases)
    func entries(_ kind: StoreKind) async throws {
        let (_, store) = try open(kind)
        let messages = (1...25).map {
            message($0, for: $0 % 2 == 0 ? alice : bob, data: Bytes(repeating: 0, count: $0))
        }
        for message in messages { _ = try await store.store(message) }
        var listed: [StoredEntry] = []
        while true {
            let page = try await store.entries(after: listed.last?.hash, limit: 10)
            listed += page
            if page.count < 10 { break }
        }
        let expected = messages.enumerated().map { index, message in
            StoredEntry(
                row: Int64(index + 1), account: message.account, hash: message.hash, expiry: message.expiry,
                dataBytes: message.data.count)
        }
        #expect(listed == expected.sorted { $0.hash < $1.hash })
        #expect(try await store.entries(after: nil, limit: 0).isEmpty)
    }

    @Test("Named messages come in the order asked for, without those that are not there", arguments: StoreKind.allCases)
    func named(_ kind: StoreKind) async throws {
        let (_, store) = try open(kind)
        for number in 1...4 { _ = try await store.store(message(number, in: Namespace(12))) }
        let found = try await store.messages(named: [hash(4), hash(9), hash(1)])
        #expect(found == [message(4, in: Namespace(12)), message(1, in: Namespace(12))])
    }

    @Test(
        "What was handed over is forgotten, but not what was extended or stored anew since, and not against the condition",
        arguments: StoreKind.allCases)
    func removing(_ kind: StoreKind) async throws {
        let (place, store) = try open(kind)
        for number in 1...4 { _ = try await store.store(message(number)) }
        let entries = try await store.entries(after: nil, limit: 9)
        #expect(try await store.remove(entries) { false } == 0)
        _ = try await store.store(message(2, expiry: 3_000))
        let third = try #require(entries.first { $0.hash == hash(3) })
        #expect(try await store.remove([third]) { true } == 1)
        _ = try await store.store(message(3))
        #expect(try await store.remove(entries) { true } == 2)
        #expect(try await store.everything() == [message(2, expiry: 3_000), message(3)])
        try place.kill()
        #expect(try await place.open().everything() == [message(2, expiry: 3_000), message(3)])
    }
}

/// Hashes are opaque: a store keeps every text apart and in its order.
@Suite struct HashTextTests {
    @Test(
        "Hashes that differ in left-over bits only are two, and all sort by their characters",
        arguments: StoreKind.allCases)
    func texts(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        let stem = String(repeating: "A", count: 42)
        let characters = "ABCDwxyz0189+/"
        let texts = characters.map { stem + String($0) } + characters.map { String($0) + stem }
        let hashes = Set(texts.compactMap { MessageHash(text: $0) })
        #expect(hashes.count == 2 * characters.count - 1)
        for hash in hashes.sorted().reversed() {
            let sent = StoredMessage(
                account: alice, namespace: .inbox, hash: hash, timestamp: 1, expiry: 2_000, data: [1])
            #expect(try await store.store(sent).outcome == .new, "\(hash)")
        }
        #expect(try await store.entries(after: nil, limit: 99).map(\.hash) == hashes.sorted())
        for hash in hashes { #expect(try await store.message(hash)?.hash == hash) }
        let middle = hashes.sorted()[9]
        #expect(try await store.entries(after: middle, limit: 99).map(\.hash) == Array(hashes.sorted()[10...]))
    }
}
