import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// `delete`, `delete_all` and `delete_before` at one node (storage-node §3.5, §3.6).
struct DeleteTests {
    private let account: TestAccount
    private let node: TestNode

    init() throws {
        account = try TestAccount()
        node = try TestNode()
    }

    private func fill(_ names: [String], _ namespace: Int16 = 0) async throws {
        for (index, name) in names.enumerated() {
            // A second apart, each older than the one before.
            let sent = account.time - Int64(index) * 1000
            _ = try await node.result(
                "store",
                account.signedStore(
                    name, namespace, extra: ["timestamp": .integer(sent), "sig_timestamp": .integer(account.time)]))
        }
    }

    @Test("Deleting names what was there, sorted, and signs the request's order before it")
    func delete() async throws {
        try await fill(["a", "b", "c"])
        try await fill(["d"], 5)
        let requested = [
            account.hash("a"), account.hash("none"), account.hash("c"), account.hash("d", 5), account.hash("a"),
        ]
        let there = [account.hash("a"), account.hash("c"), account.hash("d", 5)]
        let deleted = there.sorted()
        #expect(deleted != there, "sorting would go unnoticed")
        let entry = try await node.entry("delete", account.delete(requested))
        #expect(entry["deleted"] == TestAccount.names(deleted))
        #expect(try node.isSigned(entry, SignedEntry.delete(account.session, requested: requested, deleted: deleted)))
        #expect(entry.asObject?.count == 2)
        #expect(try await node.mailbox(account) == ["b"])
        #expect(try await node.mailbox(account, 5).isEmpty)
    }

    @Test("Nobody deletes what is another account's")
    func otherAccount() async throws {
        let other = MessageHash(account: account.group, namespace: .inbox, data: Bytes("theirs".utf8))
        _ = try await node.result(
            "store", account.store("theirs", extra: ["pubkey": .string(account.group.hex)]))
        let entry = try await node.entry("delete", account.delete([other]))
        #expect(entry["deleted"] == [])
        #expect(try await node.entry("delete_all", account.deleteAll(.all))["deleted"] == [:])
        #expect(try await node.store.messages(afterRow: 0, limit: 9).count == 1)
    }

    @Test("A deletion that is required gives the same answer under 404 when nothing was there")
    func required() async throws {
        try await fill(["a"])
        let request = account.delete([account.hash("a")], extra: ["required": true])
        let first = try await node.result("delete", request)
        #expect(try first.need("swarm").need(node.state.keys.ed25519.publicKey.hex)["deleted"]?.asArray?.count == 1)
        let second = try await node.call("delete", request)
        #expect(second.count == 2)
        #expect(second.first == "404")
        let body = try JSON(parsing: Bytes(try #require(second.last).utf8))
        #expect(try body.need("swarm").need(node.state.keys.ed25519.publicKey.hex)["deleted"] == [])
        #expect(body["hf"] == [19, 3])
        #expect(try await node.call("delete", account.delete([account.hash("a")])).count == 1)
    }

    @Test("delete_all empties the inbox unless told another mailbox")
    func deleteAll() async throws {
        try await fill(["a", "b"])
        try await fill(["c"], 5)
        let default0 = try #require(account.deleteAll(.one(.inbox)).asObject).filter { $0.key != "namespace" }
        let entry = try await node.entry("delete_all", .object(default0))
        let hashes = [account.hash("a"), account.hash("b")].sorted()
        #expect(entry["deleted"] == TestAccount.names(hashes))
        #expect(try node.isSigned(entry, SignedEntry.mailboxes(account.session, account.time, hashes)))
        #expect(try await node.mailbox(account, 5) == ["c"])
        let rest = try await node.entry("delete_all", account.deleteAll(.one(Namespace(5))))
        #expect(rest["deleted"] == TestAccount.names([account.hash("c", 5)]))
        let none = try await node.entry("delete_all", account.deleteAll(.one(Namespace(5))))
        #expect(none["deleted"] == [])
        #expect(try node.isSigned(none, SignedEntry.mailboxes(account.session, account.time, [])))
    }

    @Test("All mailboxes are answered by their numbers, and signed sorted over all of them together")
    func deleteAllOfAll() async throws {
        try await fill(["a", "b"])
        try await fill(["c", "d"], 5)
        try await fill(["e"], -11)
        let entry = try await node.entry("delete_all", account.deleteAll(.all))
        let inbox = [account.hash("a"), account.hash("b")].sorted()
        let fifth = [account.hash("c", 5), account.hash("d", 5)].sorted()
        let removed = [account.hash("e", -11)]
        #expect(
            entry["deleted"] == [
                "0": TestAccount.names(inbox), "5": TestAccount.names(fifth), "-11": TestAccount.names(removed),
            ])
        let together = (inbox + fifth + removed).sorted()
        #expect(together != inbox + fifth + removed)
        #expect(try node.isSigned(entry, SignedEntry.mailboxes(account.session, account.time, together)))
        #expect(try await node.entry("delete_all", account.deleteAll(.all))["deleted"] == [:])
    }

    @Test("delete_before takes the moment itself, and signs also when nothing is that old")
    func deleteBefore() async throws {
        try await fill(["new", "middle", "old"])
        let nothing = try await node.entry("delete_before", account.deleteBefore(.one(.inbox), account.time - 2001))
        #expect(nothing["deleted"] == [])
        #expect(try node.isSigned(nothing, SignedEntry.mailboxes(account.session, account.time - 2001, [])))
        let entry = try await node.entry("delete_before", account.deleteBefore(.one(.inbox), account.time - 1000))
        let hashes = [account.hash("middle"), account.hash("old")].sorted()
        #expect(entry["deleted"] == TestAccount.names(hashes))
        #expect(try node.isSigned(entry, SignedEntry.mailboxes(account.session, account.time - 1000, hashes)))
        #expect(try await node.mailbox(account) == ["new"])
    }

    @Test("delete_before over all mailboxes answers with the dictionary that the reference owes")
    func deleteBeforeOfAll() async throws {
        try await fill(["new", "old"])
        try await fill(["new", "old"], 5)
        let entry = try await node.entry("delete_before", account.deleteBefore(.all, account.time - 1000))
        let hashes = [account.hash("old"), account.hash("old", 5)]
        #expect(
            entry["deleted"] == ["0": TestAccount.names([hashes[0]]), "5": TestAccount.names([hashes[1]])])
        #expect(try node.isSigned(entry, SignedEntry.mailboxes(account.session, account.time - 1000, hashes.sorted())))
        #expect(try await node.mailbox(account) == ["new"])
        #expect(try await node.mailbox(account, 5) == ["new"])
    }

    @Test("A bencoded deletion is answered with raw signatures and lists of texts")
    func bencode() async throws {
        try await fill(["a"])
        let request = account.deleteAll(.all).bencodedRequest
        let frames = try #require(try await node.frames("storage.delete_all", [request.encoded]))
        #expect(frames.count == 1)
        let entry = try Bencode(parsing: frames[0])["swarm"]?[node.state.keys.ed25519.publicKey.hex]
        #expect(entry?["deleted"] == .dictionary(["0": .list([.text(account.hash("a").text)])]))
        #expect(entry?["signature"]?.asBytes?.count == 64)
    }

    @Test("A broken store is this node's entry, not a refusal")
    func failingStore() async throws {
        let broken = try TestNode(store: FailingStore(error: .failed(operation: "delete", code: 5, message: "no")))
        for (method, request) in [
            ("delete", account.delete([account.hash("a")])), ("delete_all", account.deleteAll(.all)),
            ("delete_before", account.deleteBefore(.all, account.time)),
            ("expire_all", account.expireAll(.all, account.time)),
            ("expire", account.expire([account.hash("a")], [account.time])),
        ] {
            let entry = try await broken.entry(method, request)
            #expect(entry.asObject?.keys.sorted() == ["failed", "query_failure", "reason"], "\(method)")
            #expect(try entry.text("reason").contains("SQLite code 5"))
        }
        let expiries = try await broken.call("get_expiries", account.getExpiries([account.hash("a").text]))
        #expect(expiries == ["500", "request failed"])
        let required = try await broken.call(
            "delete", account.delete([account.hash("a")], extra: ["required": true]))
        #expect(required.first == "404")
        let body = try JSON(parsing: Bytes(try #require(required.last).utf8))
        #expect(try body.need("swarm").need(TestNode.keys.ed25519.publicKey.hex)["deleted"] == .null)
    }
}
