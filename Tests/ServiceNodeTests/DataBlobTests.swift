import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// The bytes of `sn.data` (storage-node §8.4).
@Suite struct DataBlobTests {
    private func message(_ number: Int, in namespace: Namespace = .inbox) throws -> StoredMessage {
        let account = try TestAccount().group
        let data = Bytes("message \(number)".utf8)
        return StoredMessage(
            account: account, namespace: namespace,
            hash: MessageHash(account: account, namespace: namespace, data: data), timestamp: Int64(number),
            expiry: Int64(number) + 1, data: data)
    }

    /// As the reference sends it: without namespaces.
    private func referenceBlob(_ messages: [StoredMessage]) -> Bytes {
        let list = messages.map { message in
            Bencode.list([
                .bytes(message.account.bytes), .text(message.hash.text), .integer(message.timestamp),
                .integer(message.expiry), .bytes(message.data),
            ])
        }
        return [1] + Bencode.list(list).encoded
    }

    @Test(
        "When its expiry was set and when it was stored go with a message, as far as that says more than the timestamp"
    )
    func moments() throws {
        let account = try TestAccount().session
        let messages = [(0, 1), (1_700_000_000_123, 1), (0, 1_700_000_000_456), (7, 8)].map { changed, stored in
            StoredMessage(
                account: account, namespace: .inbox,
                hash: MessageHash(account: account, namespace: .inbox, data: [1]), timestamp: 1, expiry: 2,
                expiryChanged: changed, storedAt: stored, data: [1])
        }
        let blob = DataBlob.encode(messages)
        #expect(DataBlob.decode(blob) == messages)
        let lists = try Bencode(parsing: Bytes(blob.dropFirst())).asList
        #expect(lists?.map { $0.asList?.count } == [6, 7, 8, 8])
        // What a later version may add is not missed.
        let longer = try #require(lists?.last?.asList) + [.text("more")]
        #expect(DataBlob.decode([1] + Bencode.list([.list(longer)]).encoded) == [messages[3]])
    }

    @Test("The reference's blob is read, and written again with nothing but a namespace more to each message")
    func vector() throws {
        let blob = try vectors("storage").bytes("sn_data_blob_hex")
        let messages = try #require(DataBlob.decode(blob))
        #expect(messages.map(\.account) == [try TestAccount().session, try TestAccount().group])
        #expect(messages.map(\.namespace) == [.inbox, Namespace(11)])
        #expect(messages.allSatisfy { $0.timestamp == 1_700_000_000_000 && $0.expiry == 1_700_086_400_000 })
        #expect(messages.map(\.data) == [Bytes("hello".utf8), Bytes("hello".utf8)])
        #expect(referenceBlob(messages) == blob)
        let namespaces = ["i0e", "i11e"].map { Bytes($0.utf8) }
        let end = blob.count - 1
        // The second message ends where the list does, the first where the second begins.
        let middle = try #require(blob.indices.dropFirst(3).first { blob[$0...].starts(with: Bytes("el33:".utf8)) })
        let written = blob[..<middle] + namespaces[0] + blob[middle..<end - 1] + namespaces[1] + blob[(end - 1)...]
        #expect(DataBlob.encode(messages) == Bytes(written))
        #expect(DataBlob.encode([]) == Bytes("\u{1}le".utf8))
    }

    @Test("Another kind of server is sent what it reads: six elements, or five if it knows no namespaces")
    func dialects() throws {
        let account = try TestAccount().session
        let message = StoredMessage(
            account: account, namespace: Namespace(10),
            hash: MessageHash(account: account, namespace: Namespace(10), data: [1]), timestamp: 1, expiry: 2,
            expiryChanged: 7, storedAt: 8, data: [1])
        for (dialect, count) in [(Dialect.own, 8), (.namespaced, 6), (.plain, 5)] {
            let blob = DataBlob.encode([message], dialect)
            let fields = try Bencode(parsing: Bytes(blob.dropFirst())).asList?.first?.asList
            #expect(fields?.count == count, "\(dialect)")
            #expect(DataBlob.decode(blob)?.first?.namespace == Namespace(10), "\(dialect)")
        }
        let versions: [((Int, Int, Int), Dialect)] = [
            ((0, 0, 0), .plain), ((2, 8, 0), .plain), ((2, 11, 2), .plain), ((2, 11, 3), .namespaced),
            ((2, 12, 0), .namespaced), ((3, 0, 0), .namespaced),
        ]
        for ((major, minor, patch), dialect) in versions {
            let version = StorageServerVersion(major: major, minor: minor, patch: patch)
            #expect(Dialect(isOwnKind: false, version: version) == dialect, "\(version)")
            #expect(Dialect(isOwnKind: true, version: version) == .own, "\(version)")
        }
        #expect(!DataBlob.isCurrent(Greeting.question))
    }

    @Test("Every namespace travels with its message", arguments: [0, 2, -10, 11, -21, 32_767, -32_768] as [Int16])
    func namespaces(_ number: Int16) throws {
        let messages = [try message(1, in: Namespace(number)), try message(2)]
        #expect(DataBlob.decode(DataBlob.encode(messages)) == messages)
    }

    @Test("A namespace that was not sent is found by the hash, and is the inbox when none fits")
    func recovered() throws {
        let sent = try [0, 2, 3, 4, 5, 11, 12, 13, 14, -10, -11, -1].map { try message(1, in: Namespace($0)) }
        #expect(DataBlob.decode(referenceBlob(sent)) == sent)
        let odd = try message(1, in: Namespace(1_234))
        #expect(DataBlob.decode(referenceBlob([odd]))?.map(\.namespace) == [.inbox])
    }

    @Test(
        "What is no list of messages is malformed",
        arguments: [
            "", "x", "i1e", "de", "l", "lle", "lleei", "li1ee", "l1:ae", "ll1:a1:bi1ei1e1:cee",
        ])
    func malformed(_ text: String) {
        #expect(DataBlob.decode([1] + Bytes(text.utf8)) == nil)
    }

    @Test("A field of another type is malformed")
    func wrongFields() throws {
        let fields = try #require(
            try Bencode(parsing: Bytes(DataBlob.encode([message(1)]).dropFirst())).asList?.first?.asList)
        for (index, value) in [
            (0, Bencode.text("a")), (1, .text("b")), (2, .text("c")), (3, .text("d")), (4, .integer(1)),
        ] {
            var changed = fields
            changed[index] = value
            #expect(DataBlob.decode([1] + Bencode.list([.list(changed)]).encoded) == nil, "field \(index): \(value)")
        }
    }

    @Test(
        "What follows the five fields of the reference is read where it can be, and skipped where it cannot",
        arguments: [
            ([.integer(11)], 0, nil), ([.text("11")], 0, nil), ([.integer(40_000)], 0, nil), ([.text("x")], 0, nil),
            ([.list([.integer(1)]), .integer(7)], 0, nil), ([.integer(11), .integer(7), .integer(8)], 7, 8),
            ([.integer(11), .text("7"), .integer(8)], 0, 8), ([.integer(11), .integer(7), .text("8")], 7, nil),
            ([.integer(11), .integer(7), .integer(8), .dictionary([:])], 7, 8),
        ] as [([Bencode], Int64, Int64?)])
    func appended(_ extra: [Bencode], changed: Int64, stored: Int64?) throws {
        let blob = referenceBlob([try message(1, in: Namespace(11))])
        let fields = try #require(try Bencode(parsing: Bytes(blob.dropFirst())).asList?.first?.asList)
        let read = try #require(DataBlob.decode([1] + Bencode.list([.list(fields + extra)]).encoded)?.first)
        #expect(read.namespace == Namespace(11))
        #expect(read.expiryChanged == changed)
        #expect(read.storedAt == stored ?? read.timestamp)
    }

    @Test(
        "Only the version byte 1 is read",
        arguments: [([1, 2], true), ([2], false), ([0], false), ([0x30], false), ([], false)] as [(Bytes, Bool)])
    func versions(blob: Bytes, isCurrent: Bool) {
        #expect(DataBlob.isCurrent(blob) == isCurrent)
    }

    @Test(
        "A batch is closed by the reference's count, to the byte: 2 at first, 3 later, 79 and the hash for each message"
    )
    func batches() throws {
        let hash = try message(1).hash
        for (isFirst, start) in [(true, 2), (false, 3)] {
            var batch = DataBatch<Int>(isFirst: isFirst)
            var taken = [batch.add(1, hash: hash, dataBytes: 4_000_000)]
            let left = 9_000_000 - start - 2 * (79 + 43) - 4_000_000
            var tooLarge = batch
            taken.append(tooLarge.add(2, hash: hash, dataBytes: left + 1))
            taken.append(batch.add(2, hash: hash, dataBytes: left))
            taken.append(batch.add(3, hash: hash, dataBytes: 0))
            #expect(taken == [true, false, true, false])
            #expect(tooLarge.elements == [1] && batch.elements == [1, 2])
        }
        var lone = DataBatch<Int>(isFirst: true)
        let isTaken = lone.add(1, hash: hash, dataBytes: 20_000_000)
        #expect(isTaken, "the first is always taken")
    }
}
