import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// Stores are kept in the order in which they began.
struct StoreOrderTests {
    @Test("Whoever began later waits for those before, whatever becomes of them, and for nobody's else's account")
    func turns() async throws {
        let account = try TestAccount()
        let order = StoreOrder()
        let turns = (0..<5).map { _ in order.begin(account.session) }
        let other = order.begin(account.group)
        await other.comesUp()
        let passed = Watched<[Int]>([])
        await withTaskGroup(of: Void.self) { group in
            for (number, turn) in turns.enumerated().reversed() {
                group.addTask {
                    await turn.comesUp()
                    passed.withLock { $0.append(number) }
                    order.pass(turn, of: account.session)
                    order.pass(turn, of: account.session)
                }
            }
        }
        #expect(passed.withLock { $0 } == Array(0..<5))
        await order.begin(account.session).comesUp()
    }

    /// A store to the account's group, by its owner or by a subaccount, whose token has to be looked up first.
    private func groupStore(_ account: TestAccount, _ data: String, bySubaccount: Bool = false) throws -> Bytes {
        let text = SignedText.store(Namespace(11), timestamp: account.time)
        var fields: [String: JSON] = [
            "pubkey": .string(account.group.hex), "namespace": 11, "signature": .string(account.sign(text)),
        ]
        if bySubaccount {
            let keys = try Ed25519KeyPair(seed: Bytes(repeating: 9, count: 32))
            let token = [3, Subaccount.Access.write.rawValue, 0, 0] + keys.publicKey.bytes
            fields["signature"] = .string(Base64.encode(keys.sign(text)))
            fields["subaccount"] = .string(Base64.encode(token))
            fields["subaccount_sig"] = .string(account.sign(token))
        }
        return Self.envelope(account.store(data, extra: fields))
    }

    @Test("A store that is looked into for longer is kept and sent on before the next, which is not looked into")
    func slowChecks() async throws {
        let account = try TestAccount()
        let peer = NodeKeys(networkSeed: 7, name: "sn2")
        let (isAsked, mayAnswer, kept) = (Watched(false), Watched(false), Watched<[String]>([]))
        let store = FailingStore(
            error: .closed,
            storing: { message in
                kept.withLock { $0.append(String(decoding: message.data, as: UTF8.self)) }
                return StoreReceipt(outcome: .new, expiry: message.expiry, row: 1)
            },
            asking: {
                isAsked.withLock { $0 = true }
                await mayAnswer.until { $0 }
                return false
            })
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(peer)]), store: store)
        let slow = try groupStore(account, "slow", bySubaccount: true)
        let quick = try ["a", "b"].map { try groupStore(account, $0) }
        let other = Self.envelope(account.signedStore("other", 5))
        await withTaskGroup(of: Void.self) { group in
            group.addImmediateTask { _ = await node.post("/storage_rpc/v1", slow) }
            await isAsked.until { $0 }
            for body in quick { group.addImmediateTask { _ = await node.post("/storage_rpc/v1", body) } }
            // Another account's is not kept waiting.
            _ = await node.post("/storage_rpc/v1", other)
            mayAnswer.withLock { $0 = true }
        }
        #expect(kept.withLock { $0 } == ["other", "slow", "a", "b"])
        let copies = try node.transport.requests("sn.storage_cc").map {
            try Bencode(parsing: $0.parts[1])["data"]?.asText
        }
        #expect(copies == ["other", "slow", "a", "b"])
    }

    @Test("A refused store keeps nobody waiting")
    func refused() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        let wrong: JSON = .string(account.sign([1]))
        let refused = try await node.call("store", account.signedStore("no", 5, extra: ["signature": wrong]))
        #expect(refused.first == "401")
        _ = try await node.result("store", account.signedStore("yes", 5))
        #expect(try await node.mailbox(account, 5) == ["yes"])
    }

    private static func envelope(_ parameters: JSON) -> Bytes {
        JSON.object(["method": "store", "params": parameters]).utf8
    }
}
