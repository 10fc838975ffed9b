import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// `expire`, `expire_all` and `get_expiries` at one node (storage-node §3.4–§3.6).
struct ExpireTests {
    private let account: TestAccount
    private let time: Int64
    private static let day: Int64 = 86_400_000

    init() throws {
        account = try TestAccount()
        time = account.time
    }

    /// A node that has messages of the account's inbox which live for so many days.
    private func node(_ kept: [(data: String, days: Int64)], revision: Int = 4) async throws -> TestNode {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys)], revision: revision))
        for (data, days) in kept {
            _ = try await node.result("store", account.store(data, extra: ["ttl": .integer(days * Self.day)]))
        }
        return node
    }

    private func expireText(
        _ expiries: [Int64], requested: [MessageHash], updated: [MessageHash],
        unchanged: [(hash: MessageHash, expiry: Int64)] = []
    ) -> Bytes {
        SignedEntry.expire(
            account.session, expiries, requested: requested, updated: updated, unchanged: unchanged)
    }

    @Test("Without a flag every message takes the expiry, be it later, earlier or the same; unknown ones are left out")
    func set() async throws {
        let node = try await node([("a", 1), ("b", 3), ("c", 2)])
        let requested = ["c", "none", "b", "a"].map { account.hash($0) }
        let updated = ["a", "b", "c"].map { account.hash($0) }.sorted()
        let expiry = time + 2 * Self.day
        let entry = try await node.entry("expire", account.expire(requested, [expiry]))
        #expect(entry["updated"] == TestAccount.names(updated))
        #expect(entry["expiry"] == .integer(expiry))
        #expect(entry.asObject?.keys.sorted() == ["expiry", "signature", "updated"])
        #expect(try node.isSigned(entry, expireText([expiry], requested: requested, updated: updated)))
        #expect(try await node.expiries(account) == [expiry, expiry, expiry])
    }

    @Test("Nothing updated is still signed, with the one expiry")
    func none() async throws {
        let node = try await node([])
        let entry = try await node.entry("expire", account.expire([account.hash("a")], [time]))
        #expect(entry["updated"] == [])
        #expect(entry["expiry"] == .integer(time))
        #expect(try node.isSigned(entry, expireText([time], requested: [account.hash("a")], updated: [])))
    }

    @Test(
        "A flag allows one direction only, and what stays is named with its expiry and signed",
        arguments: [("extend", "short"), ("shorten", "long")])
    func flags(flag: String, changed: String) async throws {
        let node = try await node([("short", 1), ("same", 2), ("long", 3)])
        let days: [String: Int64] = ["short": 1, "same": 2, "long": 3]
        let requested = ["long", "same", "short"].map { account.hash($0) }
        let expiry = time + 2 * Self.day
        let entry = try await node.entry("expire", account.expire(requested, [expiry], flag: flag))
        let unchanged = days.filter { $0.key != changed }
            .map { (hash: account.hash($0.key), expiry: time + $0.value * Self.day) }.sorted { $0.hash < $1.hash }
        #expect(entry["updated"] == TestAccount.names([account.hash(changed)]))
        #expect(
            entry["unchanged"]
                == .object(Dictionary(uniqueKeysWithValues: unchanged.map { ($0.hash.text, .integer($0.expiry)) })))
        #expect(
            try node.isSigned(
                entry,
                expireText(
                    [expiry], requested: requested, updated: [account.hash(changed)], unchanged: unchanged)))
        let again = try await node.entry(
            "expire", account.expire([account.hash(changed)], [expiry + 1], flag: "extend"))
        #expect(again["unchanged"] == [:], "a flag gives the field even when it is empty")
    }

    @Test("Several expiries follow their messages, and are answered in the order of the updated ones")
    func several() async throws {
        let node = try await node([("a", 1), ("b", 1), ("c", 5)])
        let requested = ["c", "b", "a", "none"].map { account.hash($0) }
        let expiries = [3, 4, 5, 6].map { time + $0 * Self.day }
        let entry = try await node.entry("expire", account.expire(requested, expiries, flag: "extend"))
        let updated = [account.hash("a"), account.hash("b")].sorted()
        let byHash = [account.hash("a"): expiries[2], account.hash("b"): expiries[1]]
        let inForce = updated.compactMap { byHash[$0] }
        #expect(entry["updated"] == TestAccount.names(updated))
        #expect(entry["expiry"] == .array(inForce.map(JSON.integer)))
        #expect(entry["unchanged"] == [account.hash("c").text: .integer(time + 5 * Self.day)])
        #expect(
            try node.isSigned(
                entry,
                expireText(
                    inForce, requested: requested, updated: updated,
                    unchanged: [(account.hash("c"), time + 5 * Self.day)])))
        #expect(try await node.expiries(account) == [expiries[2], expiries[1], time + 5 * Self.day])
    }

    @Test("Thirty days are the most, counted before the comparison; the client signs what it asked for")
    func cap() async throws {
        let node = try await node([("a", 14)])
        let cap = time + 30 * Self.day
        let hashes = [account.hash("a")]
        let entry = try await node.entry("expire", account.expire(hashes, [cap + 5], flag: "extend"))
        #expect(entry["expiry"] == .integer(cap))
        #expect(try node.isSigned(entry, expireText([cap], requested: hashes, updated: hashes)))
        let again = try await node.entry("expire", account.expire(hashes, [Int64.max], flag: "extend"))
        #expect(again["updated"] == [])
        #expect(again["unchanged"] == [account.hash("a").text: .integer(cap)])
        #expect(try await node.expiries(account) == [cap])
    }

    @Test("Several expiries are refused before hard fork 19.4, before the signature is looked at")
    func hardfork() async throws {
        let hashes = [account.hash("a"), account.hash("b")]
        let request = account.expire(hashes, [time, time + 1], extra: ["signature": StoreParameterTests.signature])
        #expect(
            try await node([], revision: 3).call("expire", request)
                == ["403", "expire: multi-expiry requests are not yet active on the network"])
        #expect(
            try await node([], revision: 4).call("expire", request)
                == ["401", "expire: signature verification failed"])
        #expect(try await node([], revision: 3).call("expire", account.expire(hashes, [time])).count == 1)
    }

    @Test("expire_all lowers later expiries only, and signs those it lowered")
    func expireAll() async throws {
        let node = try await node([("short", 1), ("same", 2), ("long", 3), ("longer", 4)])
        let expiry = time + 2 * Self.day
        let entry = try await node.entry("expire_all", account.expireAll(.one(.inbox), expiry))
        let updated = [account.hash("long"), account.hash("longer")].sorted()
        #expect(entry["updated"] == TestAccount.names(updated))
        #expect(entry.asObject?.keys.sorted() == ["signature", "updated"])
        #expect(try node.isSigned(entry, SignedEntry.mailboxes(account.session, expiry, updated)))
        #expect(try await node.expiries(account) == [time + Self.day, expiry, expiry, expiry])
    }

    @Test("expire_all over all mailboxes answers by their numbers")
    func expireAllOfAll() async throws {
        let node = try await node([("a", 3)])
        _ = try await node.result("store", account.signedStore("b", 5, extra: ["ttl": .integer(3 * Self.day)]))
        let expiry = time + Self.day
        let entry = try await node.entry("expire_all", account.expireAll(.all, expiry))
        let hashes = [account.hash("a"), account.hash("b", 5)]
        #expect(entry["updated"] == ["0": TestAccount.names([hashes[0]]), "5": TestAccount.names([hashes[1]])])
        #expect(try node.isSigned(entry, SignedEntry.mailboxes(account.session, expiry, hashes.sorted())))
        #expect(try await node.expiries(account, 5) == [expiry])
    }

    @Test("get_expiries tells the account's own messages, passes over anything else, and bears no stamp")
    func getExpiries() async throws {
        let node = try await node([("a", 1), ("b", 2)])
        let names = [account.hash("b").text, "all", "", account.hash("none").text, account.hash("a").text]
        #expect(
            try await node.result("get_expiries", account.getExpiries(names)) == [
                "expiries": [
                    account.hash("a").text: .integer(time + Self.day),
                    account.hash("b").text: .integer(time + 2 * Self.day),
                ]
            ])
        #expect(try await node.result("get_expiries", account.getExpiries(["all"])) == ["expiries": [:]])
        _ = try await node.result("store", account.store("x", extra: ["pubkey": .string(account.group.hex)]))
        let theirs = MessageHash(account: account.group, namespace: .inbox, data: Bytes("x".utf8)).text
        #expect(try await node.result("get_expiries", account.getExpiries([theirs])) == ["expiries": [:]])
    }
}
