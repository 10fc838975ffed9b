import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Synchronization
import Testing
import TimeLimits

@testable import ServiceNode

/// How a node answers those who hand records over or ask for them (storage-node §8.4).
@Suite(.workLimit(minutes: 1)) struct ReceivingTests {
    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")
    private static let other = NodeKeys(networkSeed: 7, name: "sn3")
    /// The account of every message maps to the first of these swarms or to the second.
    private static let (near, far): (UInt64, UInt64) = (0x10, 0x8000_0000_0000_0010)

    private func node(own: UInt64 = near, foreign: UInt64? = nil, store: (any MessageStore)? = nil) throws -> TestNode {
        var nodes = [ListedNode(TestNode.keys, swarm: own), ListedNode(Self.peer, swarm: own)]
        if let foreign { nodes.append(ListedNode(Self.other, swarm: foreign)) }
        return try TestNode(table: ledgerTable(nodes), store: store)
    }

    private func message(_ number: Int, lasts: Int64 = 1_000) throws -> StoredMessage {
        let account = try TestAccount().session
        let data = Bytes("message \(number)".utf8)
        return StoredMessage(
            account: account, namespace: .inbox, hash: MessageHash(account: account, namespace: .inbox, data: data),
            timestamp: TestClock.epoch, expiry: TestClock.epoch + lasts, data: data)
    }

    private func stored(_ node: TestNode) async throws -> [StoredMessage] {
        try await node.store.messages(afterRow: 0, limit: 99).map(\.message)
    }

    @Test("Messages are taken once, in frames joined together, and answered without a frame; expired ones are left out")
    func taking() async throws {
        let node = try node()
        let key = Self.peer.x25519.publicKey
        let blob = DataBlob.encode([try message(1), try message(2, lasts: 0), try message(3)])
        #expect(try await node.frames("sn.data", [blob], from: key) == [])
        let halves = [Bytes(blob[..<20]), Bytes(blob[20...])]
        #expect(try await node.frames("sn.data", halves, from: key) == [])
        #expect(try await stored(node) == [try message(1), try message(3)])
    }

    @Test("Other versions are answered and ignored, malformed blobs get no answer at all")
    func versions() async throws {
        let node = try node()
        let key = Self.peer.x25519.publicKey
        var blob = DataBlob.encode([try message(1)])
        blob[0] = 2
        for other in [blob, [], Bytes("le".utf8)] {
            #expect(try await node.frames("sn.data", [other], from: key) == [])
        }
        #expect(try await node.frames("sn.data", [Bytes("\u{1}nonsense".utf8)], from: key) == nil)
        #expect(try await stored(node).isEmpty)
    }

    @Test("The greeting is answered as by nobody else, and who is ready for data is a matter of the table")
    func greeting() async throws {
        let node = try node(own: Self.near, foreign: Self.far)
        let (peer, stranger) = (Self.peer.x25519.publicKey, Self.other.x25519.publicKey)
        #expect(try await node.frames("sn.data", [Greeting.question], from: peer) == [Greeting.answer])
        #expect(try await stored(node).isEmpty)
        for payload in [[], [Bytes("d1:#i21103e1:ti1ee".utf8)]] {
            #expect(try await node.frames("sn.data_ready", payload, from: peer) == [Bytes("OK".utf8)])
            let reply = try await node.frames("sn.data_ready", payload, from: stranger)
            #expect(reply == [Bytes("Swarm mismatch".utf8)])
        }
    }

    @Test("What maps to another swarm is not taken, the answer says so, and the ledger is asked for a newer table")
    func foreign() async throws {
        let account = try TestAccount().session
        let own = try node(own: Self.near, foreign: Self.far).membership.current?.swarm(for: account)
        for swarm in [Self.near, Self.far] {
            let node = try node(own: swarm, foreign: swarm == Self.near ? Self.far : Self.near)
            let reply = try await node.frames(
                "sn.data", [DataBlob.encode([try message(1)])], from: Self.peer.x25519.publicKey)
            let isOwn = own == SwarmID(swarm)
            #expect(reply?.first == (isOwn ? nil : Bytes("421".utf8)))
            #expect(try await stored(node).count == (isOwn ? 1 : 0))
            #expect(node.membership.isNewest == isOwn)
        }
    }

    @Test("What cannot be written is not acknowledged")
    func failing() async throws {
        let node = try node(store: FailingStore(error: .full))
        let reply = try await node.frames(
            "sn.data", [DataBlob.encode([try message(1)])], from: Self.peer.x25519.publicKey)
        #expect(reply?.first == Bytes("500".utf8))
    }

    @Test("Hashes come ascending after a cursor, for peers of the swarm only")
    func hashes() async throws {
        let both = try node(own: Self.near, foreign: Self.far)
        let isNear = try both.membership.current?.swarm(for: TestAccount().session) == SwarmID(Self.near)
        let node = isNear ? both : try node(own: Self.far, foreign: Self.near)
        for number in 1...5 { _ = try await node.store.store(message(number, lasts: number == 5 ? 0 : 9)) }
        let sorted = try (1...4).map { try message($0).hash }.sorted()
        let key = Self.peer.x25519.publicKey
        #expect(try await node.frames("sn.data_hashes", [[]], from: key) == [HashList.encode(sorted)])
        let after = [Bytes(sorted[1].text.utf8)]
        #expect(try await node.frames("sn.data_hashes", after, from: key) == [HashList.encode(sorted[2...])])
        let stranger = Self.other.x25519.publicKey
        for command in ["sn.data_hashes", "sn.data_fetch", "sn.data_changes"] {
            #expect(try await node.frames(command, [[]], from: stranger)?.first == Bytes("421".utf8), "\(command)")
        }
    }

    @Test("Messages are fetched in the order asked for, as many as fit, without those that are gone")
    func fetching() async throws {
        let node = try node()
        let key = Self.peer.x25519.publicKey
        for number in 1...3 { _ = try await node.store.store(message(number)) }
        let wanted = try [3, 9, 1].map { try message($0).hash }
        let reply = try await node.frames("sn.data_fetch", [HashList.encode(wanted)], from: key)
        #expect(reply == [DataBlob.encode([try message(3), try message(1)])])
        for parts in [[], [Bytes("x".utf8)], [HashList.encode(Array(repeating: wanted[0], count: 1_001))]] {
            #expect(try await node.frames("sn.data_fetch", parts, from: key)?.first == Bytes("400".utf8))
        }
    }

    @Test("Changes are taken in and told a page at a time; impossible ones are left out")
    func changes() async throws {
        let node = try node()
        let (key, now) = (Self.peer.x25519.publicKey, TestClock.epoch)
        let account = try TestAccount().session
        let token = [5, 1, 0, 0] + Bytes(repeating: 7, count: 32)
        for number in 1...3 { _ = try await node.store.store(message(number, lasts: 90_000)) }
        let told: [StoredChange] = [
            .expiry(account: account, hash: try message(1).hash, expiry: now + 5_000, changedAt: now),
            .removal(account: account, hash: try message(2).hash, at: now, until: now + 90_000),
            .revocation(account: account, token: token, at: now, isRevoked: true),
        ]
        let impossible: [StoredChange] = [
            .expiry(account: account, hash: try message(3).hash, expiry: .max, changedAt: now + 1),
            .expiry(account: account, hash: try message(3).hash, expiry: now, changedAt: .max),
            .removal(account: account, hash: try message(3).hash, at: .min, until: now),
            .removal(account: account, hash: try message(3).hash, at: now, until: .max),
            .revocation(account: account, token: token, at: .max, isRevoked: false),
        ]
        let question = ChangeQuestion(told: told + impossible, since: nil, last: nil)
        #expect(try await node.frames("sn.data_changes", [question.encoded], from: key) == [Bytes("le".utf8)])
        #expect(try await node.store.changes(since: 0, after: nil, limit: 99) == told)
        #expect(try await stored(node).map(\.expiry) == [now + 5_000, now + 90_000])
        for (since, last, expected) in [(0, nil, told[...]), (now, told[0], told[1...]), (now + 1, nil, [])]
            as [(Int64, StoredChange?, ArraySlice<StoredChange>)]
        {
            let asked = ChangeQuestion(told: [], since: since, last: last).encoded
            #expect(
                try await node.frames("sn.data_changes", [asked], from: key) == [ChangeList.encode(expected).encoded])
        }
        let tooMany = ChangeQuestion(told: Array(repeating: told[0], count: 1_001), since: nil, last: nil)
        let halfRead = ["d5:afterle7:changeslee", "d7:changesle5:since1:xe"].map { [Bytes($0.utf8)] }
        for parts in [[], [Bytes("x".utf8)], [Bytes("de".utf8)], [tooMany.encoded]] + halfRead {
            #expect(try await node.frames("sn.data_changes", parts, from: key)?.first == Bytes("400".utf8))
        }
        #expect(try await node.frames("sn.data_amend", [ChangeList.encode(told).encoded], from: key) == [])
        #expect(try await node.frames("sn.data_amend", [Bytes("x".utf8)], from: key) == nil)
    }

    /// What was asked for of messages that are not here, after something that older nodes know.
    private func orders(_ count: Int) throws -> [StoredChange] {
        let (account, now) = (try TestAccount().session, TestClock.epoch)
        let bounds = try #require(ExpiryBounds(earliest: .min, latest: now + 5_000))
        return [.removal(account: account, hash: try message(1).hash, at: now, until: now + 90_000)]
            + (0..<count).map { number in
                let mailboxes: MailboxSelection = number % 2 == 0 ? .all : .one(Namespace(-7))
                return switch number % 3 {
                case 0: .awaitedExpiry(account: account, hash: testHash(number), bounds: bounds, at: now)
                case 1: .standingOrder(account: account, StandingOrder(mailboxes, .deletion(sentUpTo: .max), at: now))
                default: .standingOrder(account: account, StandingOrder(mailboxes, .shortening(to: now), at: now))
                }
            }
    }

    private func testHash(_ number: Int) -> MessageHash {
        MessageHash(
            account: AccountID(session: TestNode.keys.x25519.publicKey), namespace: .inbox, data: [UInt8(number)])
    }

    @Test(
        "What was asked for of messages that are not here is told whole, and older nodes are told only what they know")
    func ordersOfClients() async throws {
        let all = try orders(6)
        let question = ChangeQuestion(told: all, since: nil, last: nil)
        #expect(ChangeQuestion([question.encoded])?.told == all)
        for change in all { #expect(ChangeList.change(ChangeList.encode(change)) == change) }
        let node = try node()
        let key = Self.peer.x25519.publicKey
        // An older node reads what stands where it looks.
        let read = try #require(try Bencode(parsing: question.encoded).asDictionary)
        #expect(read["changes"] == ChangeList.encode(all.prefix(1)))
        #expect(try await node.frames("sn.data_changes", [question.encoded], from: key) == [Bytes("le".utf8)])
        let kept = try await node.store.changes(since: 0, after: nil, limit: 99)
        #expect(kept.count == 5, "one order covers another of its kind, twice")
        let asked = ChangeQuestion(told: [], since: 0, last: nil)
        #expect(
            try await node.frames("sn.data_changes", [asked.encoded], from: key) == [ChangeList.encode(kept).encoded])
        var older = asked
        older.knowsOrders = false
        #expect(
            try await node.frames("sn.data_changes", [older.encoded], from: key)
                == [ChangeList.encode(all.prefix(1)).encoded])
        #expect(try await node.frames("sn.data_amend", [ChangeList.encode(all).encoded], from: key) == [])
    }

    @Test("An older node gets whole pages of what it knows, however much it does not know lies between")
    func olderPages() async throws {
        let node = try node()
        let (account, now) = (try TestAccount().session, TestClock.epoch)
        let bounds = try #require(ExpiryBounds(earliest: .min, latest: now + 5_000))
        let hashes = (0..<1_500).map {
            MessageHash(account: account, namespace: .inbox, data: Bytes("other \($0)".utf8))
        }
        let removals = hashes.prefix(1_100).enumerated().map { index, hash in
            StoredChange.removal(account: account, hash: hash, at: now + Int64(2 * index), until: now + 90_000)
        }
        let awaited = hashes.suffix(400).enumerated().map { index, hash in
            StoredChange.awaitedExpiry(account: account, hash: hash, bounds: bounds, at: now + Int64(2 * index + 1))
        }
        _ = try await node.store.apply(removals + awaited)
        var older = ChangeQuestion(told: [], since: 0, last: nil)
        older.knowsOrders = false
        for page in [removals.prefix(1_000), removals.suffix(100)] {
            #expect(
                try await node.frames("sn.data_changes", [older.encoded], from: Self.peer.x25519.publicKey)
                    == [ChangeList.encode(page).encoded])
            older.last = page.last
        }
    }

    @Test("Whoever left is still let in to hand over, but to nothing else; a stranger is not")
    func access() throws {
        let node = try node()
        let left = Self.other.x25519.publicKey
        let membership = try #require(node.membership.current)
        node.membership.replace(with: membership, departed: [left], at: node.clock.uptime)
        func isLetIn(_ key: X25519PublicKey, _ command: String) -> Bool {
            let decision = OMQDispatch.decide(
                [Bytes(command.utf8), [7], []], onListener: true, caller: key, isLedger: false,
                service: node.queue.service)
            if case .run = decision { return true }
            return false
        }
        for command in ["sn.data", "sn.data_holders"] {
            #expect(isLetIn(left, command))
            #expect(!isLetIn(TestNode.stranger, command))
        }
        for command in ["sn.data_hashes", "sn.data_fetch", "sn.storage_cc"] { #expect(!isLetIn(left, command)) }
        node.clock.advance(by: .seconds(601))
        #expect(!isLetIn(left, "sn.data"))
    }

    @Test("What is written while the table changes is owed to newcomers, and looked at again if it maps elsewhere")
    func changingTable() async throws {
        let message = try message(1)
        let newcomer = ListedNode(Self.other, swarm: Self.near)
        let nodes = [ListedNode(TestNode.keys, swarm: Self.near), ListedNode(Self.peer, swarm: Self.near)]
        let elsewhere = [ListedNode(TestNode.keys, swarm: Self.far)]
        for (after, pending) in [(nodes, 0), (nodes + [newcomer], 1), (elsewhere, 1)] {
            let current = Mutex<CurrentMembership?>(nil)
            let store = try InterruptedStore {
                let view = NetworkView(try NodeTable(parsing: ledgerTable(after, block: "b2")))
                let next = Membership(view, own: TestNode.keys.legacy.publicKey)
                current.withLock { $0?.replace(with: next) }
            }
            for command in ["sn.data", "sn.storage_cc"] {
                let node = try TestNode(table: ledgerTable(nodes), store: store)
                current.withLock { $0 = node.membership }
                let forwarded: Bencode = .dictionary([
                    "data": .bytes(message.data), "expiry": .integer(message.expiry + 86_400_000),
                    "pubkey": .bytes(message.account.bytes), "timestamp": .integer(message.timestamp),
                ])
                let parts =
                    command == "sn.data" ? [DataBlob.encode([message])] : [Bytes("store".utf8), forwarded.encoded]
                _ = try await node.frames(command, parts, from: Self.peer.x25519.publicKey)
                #expect(node.state.transfers.pendingCount == pending, "\(command) before \(after.count) nodes")
            }
        }
    }

    @Test("A search that a newer table overtakes has not ended: what it did not hand over is compared with the peers")
    func overtakenSearch() async throws {
        func membership(_ nodes: [ListedNode], _ block: String) throws -> Membership {
            let view = NetworkView(try NodeTable(parsing: ledgerTable(nodes, block: block)))
            return Membership(view, own: TestNode.keys.legacy.publicKey)
        }
        let account = try TestAccount().session
        let tables = try [(Self.near, Self.far), (Self.far, Self.near)].map { own, foreign in
            let nodes = [ListedNode(TestNode.keys, swarm: own), ListedNode(Self.peer, swarm: own)]
            return (
                first: try membership(nodes + [ListedNode(Self.other, swarm: foreign)], "b1"),
                after: try membership(nodes, "b2")
            )
        }
        // The message is the other swarm's, until there is none.
        let (first, after) = try #require(tables.first { !$0.first.isResponsible(for: account) })
        let calls = Mutex((count: 0, overtake: {} as @Sendable () -> Void, plan: {} as @Sendable () -> Void))
        let store = try InterruptedStore(beforeListing: {
            let step = calls.withLock { calls in
                calls.count += 1
                return calls.count == 1 ? calls.overtake : calls.count == 4 ? calls.plan : {}
            }
            step()
        })
        let node = try TestNode(table: nil, store: store)
        let transfers = node.state.transfers
        _ = try await store.store(try message(1))
        node.membership.replace(with: first)
        transfers.tableChanged(from: nil, to: first)
        transfers.withPending { $0.forget(Self.peer.x25519.publicKey) }
        calls.withLock { calls in
            calls.overtake = { node.membership.replace(with: after) }
            calls.plan = { transfers.tableChanged(from: first, to: after) }
        }
        try await transfers.sortAll()
        if calls.withLock({ $0.count < 4 }) { transfers.tableChanged(from: first, to: after) }
        #expect(transfers.withPending { $0.comparisons.keys.map { $0 } } == [Self.peer.x25519.publicKey])
        #expect(try await stored(node).count == 1)
    }

    @Test("Told who has a hand-over, a node compares with the rest of its swarm")
    func holders() async throws {
        let node = try node()
        let key = Self.peer.x25519.publicKey
        #expect(try await node.frames("sn.data_holders", [Bytes("x".utf8)], from: key) == nil)
        let all = Bencode.list([.bytes(key.bytes)]).encoded
        #expect(try await node.frames("sn.data_holders", [all], from: key) == [])
        #expect(node.state.transfers.pendingCount == 0)
        #expect(try await node.frames("sn.data_holders", [Bytes("le".utf8)], from: key) == [])
        #expect(node.state.transfers.pendingCount == 1)
    }
}

/// A store that has something happen in the middle of each write.
private struct InterruptedStore: MessageStore {
    private let messages: SimulatedMessageStore
    private let interruption: @Sendable () throws -> Void
    private let beforeListing: @Sendable () -> Void

    init(
        _ interruption: @escaping @Sendable () throws -> Void = {}, beforeListing: @escaping @Sendable () -> Void = {}
    ) throws {
        messages = try SimulatedMessageStore(disk: SimulatedDisk())
        self.interruption = interruption
        self.beforeListing = beforeListing
    }

    private func interrupt() {
        do {
            try interruption()
        } catch {
            Issue.record("\(error)")
        }
    }

    func store(_ message: StoredMessage) async throws(StorageError) -> StoreReceipt {
        interrupt()
        return try await messages.store(message)
    }

    func storingMoment(
        of hash: MessageHash, in namespace: Namespace, of account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int64 {
        try await messages.storingMoment(of: hash, in: namespace, of: account, at: now)
    }

    func remember(
        _ request: OwnersRequest, of account: AccountID, at moment: Int64
    ) async throws(StorageError) { try await messages.remember(request, of: account, at: moment) }

    func insert(_ handedOver: [StoredMessage]) async throws(StorageError) -> InsertReceipt {
        interrupt()
        let receipt = try await messages.insert(handedOver)
        return InsertReceipt(added: handedOver.count, firstRow: receipt.firstRow ?? 1)
    }

    func retrieve(
        _ account: AccountID, _ namespace: Namespace, after hash: MessageHash?, limits: RetrieveLimits
    ) async throws(StorageError) -> MessagePage {
        try await messages.retrieve(account, namespace, after: hash, limits: limits)
    }

    func removeExpired(at now: Int64) async throws(StorageError) -> Int { try await messages.removeExpired(at: now) }

    func messages(
        afterRow row: Int64, limit: Int
    ) async throws(StorageError) -> [(row: Int64, message: StoredMessage)] {
        try await messages.messages(afterRow: row, limit: limit)
    }

    func entries(after hash: MessageHash?, limit: Int) async throws(StorageError) -> [StoredEntry] {
        beforeListing()
        return try await messages.entries(after: hash, limit: limit)
    }

    func messages(named hashes: [MessageHash]) async throws(StorageError) -> [StoredMessage] {
        try await messages.messages(named: hashes)
    }

    func remove(
        _ entries: [StoredEntry], if condition: @Sendable () -> Bool
    ) async throws(StorageError) -> Int {
        try await messages.remove(entries, if: condition)
    }

    func changingMoment(
        of target: ChangeTarget, account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int64 {
        try await messages.changingMoment(of: target, account: account, at: now)
    }

    func delete(
        _ hashes: [MessageHash], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> [MessageHash] { try await messages.delete(hashes, of: account, at: moment) }

    func deleteAll(
        of account: AccountID, in mailboxes: MailboxSelection, sentUpTo limit: Int64?, at moment: Int64
    ) async throws(StorageError) -> [MessageName] {
        try await messages.deleteAll(of: account, in: mailboxes, sentUpTo: limit, at: moment)
    }

    func shortenAll(
        of account: AccountID, in mailboxes: MailboxSelection, to expiry: Int64, at moment: Int64
    ) async throws(StorageError) -> [MessageName] {
        try await messages.shortenAll(of: account, in: mailboxes, to: expiry, at: moment)
    }

    func expire(
        _ expiries: [(hash: MessageHash, expiry: Int64)], of account: AccountID, change: ExpiryChange, at moment: Int64
    ) async throws(StorageError) -> ExpiryReceipt {
        try await messages.expire(expiries, of: account, change: change, at: moment)
    }

    func expiries(
        of hashes: [MessageHash], account: AccountID
    ) async throws(StorageError) -> [MessageHash: Int64] { try await messages.expiries(of: hashes, account: account) }

    func revoke(_ tokens: [Bytes], of account: AccountID, at moment: Int64) async throws(StorageError) {
        try await messages.revoke(tokens, of: account, at: moment)
    }

    func unrevoke(
        _ tokens: [Bytes], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> Int { try await messages.unrevoke(tokens, of: account, at: moment) }

    func isRevoked(_ token: Bytes, of account: AccountID) async throws(StorageError) -> Bool {
        try await messages.isRevoked(token, of: account)
    }

    func changes(
        since moment: Int64, after last: StoredChange?, limit: Int
    ) async throws(StorageError) -> [StoredChange] {
        try await messages.changes(since: moment, after: last, limit: limit)
    }

    func apply(_ changes: [StoredChange]) async throws(StorageError) -> Int { try await messages.apply(changes) }

    func statistics() async throws(StorageError) -> StoreStatistics { try await messages.statistics() }

    func close() async { await messages.close() }
}
