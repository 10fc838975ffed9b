import SessionProtocol
import Testing

/// What every signed method says about an auth block it cannot use, in the order it is read (storage-node §3.1).
struct AuthenticationParameterTests {
    private static let signature = StoreParameterTests.signature
    private static let token = JSON.string(Base64.encode(Bytes(repeating: 1, count: 36)))
    private static let key = JSON.string(String(repeating: "ab", count: 32))

    @Test(
        "JSON auth blocks are refused with the reference's texts, whichever method reads them",
        arguments: [
            StoreParameterTests.Case(
                ["signature": .string(String(repeating: "A", count: 87))],
                "invalid signature: expected base64 encoded Ed25519 signature"),
            StoreParameterTests.Case(
                ["signature": .string(String(repeating: "A", count: 88))],
                "invalid signature: expected base64 encoded Ed25519 signature"),
            StoreParameterTests.Case(
                ["signature": .string(String(repeating: "!", count: 86))],
                "invalid signature: expected base64 encoded Ed25519 signature"),
            StoreParameterTests.Case(
                ["signature": signature, "pubkey_ed25519": .string(String(repeating: "zz", count: 32))],
                "invalid pubkey_ed25519: value is not hex"),
            StoreParameterTests.Case(
                ["signature": signature, "pubkey_ed25519": "abcd"],
                "Invalid pubkey_ed25519: expected 64 hex char or 32 byte pubkey"),
            StoreParameterTests.Case(
                ["signature": "short", "pubkey_ed25519": "abcd"],
                "Invalid pubkey_ed25519: expected 64 hex char or 32 byte pubkey"),
            StoreParameterTests.Case(
                [
                    "signature": signature, "pubkey_ed25519": key,
                    "pubkey": "03b59c13f40e4e58cce30f55eeb104c730bfee8f6b359b7b2c340367e8c42bdeb8",
                ], "pubkey_ed25519 is only permitted for 05[...] pubkeys"),
            StoreParameterTests.Case(
                ["signature": signature, "subaccount": token],
                "invalid subaccount: subaccount_sig is required when using subaccount"),
            StoreParameterTests.Case(
                ["signature": "short", "subaccount": token],
                "invalid signature: expected base64 encoded Ed25519 signature"),
            StoreParameterTests.Case(
                ["signature": signature, "subaccount": "abc", "subaccount_sig": signature],
                "invalid subaccount: expected base64 or hex-encoded subaccount token"),
            StoreParameterTests.Case(
                [
                    "signature": signature, "subaccount": .string(String(repeating: "x", count: 72)),
                    "subaccount_sig": signature,
                ], "invalid subaccount: expected base64 or hex-encoded subaccount token"),
            StoreParameterTests.Case(
                ["signature": signature, "subaccount": token, "subaccount_sig": "abc"],
                "invalid subaccount signature: expected base64 encoded Ed25519 signature"),
        ])
    func json(_ wrong: StoreParameterTests.Case) async throws {
        let account = try TestAccount()
        let node = try TestNode()
        let expected = ["400", "invalid request: \(wrong.expected)"]
        #expect(try await node.call("store", account.store(extra: wrong.changes)) == expected)
        let retrieve: [String: JSON] = ["pubkey": .string(account.session.hex), "timestamp": .integer(account.time)]
        #expect(try await node.call("retrieve", .object(retrieve.merging(wrong.changes) { $1 })) == expected)
    }

    @Test(
        "Bencoded auth blocks are refused with texts of their own",
        arguments: [
            (
                ["subaccount": .bytes(Bytes(repeating: 1, count: 35)), "subaccount_sig": signed],
                "invalid subaccount token: invalid token length"
            ),
            (
                ["subaccount": .bytes(Bytes(repeating: 1, count: 36)), "subaccount_sig": .text("short")],
                "invalid signature: expected 64-byte Ed25519 signature"
            ),
            (
                ["subaccount": .bytes(Bytes(repeating: 1, count: 36))],
                "invalid subaccount: subaccount_sig is required when using subaccount"
            ),
            (
                ["pubkey_ed25519": .bytes(Bytes(repeating: 1, count: 33))],
                "Invalid pubkey_ed25519: expected 64 hex char or 32 byte pubkey"
            ),
        ] as [([String: Bencode], String)])
    func bencode(changes: [String: Bencode], expected: String) async throws {
        let account = try TestAccount()
        let good: [String: Bencode] = [
            "pubkey": .bytes(account.session.bytes), "timestamp": .integer(account.time), "signature": Self.signed,
        ]
        let reply = try await TestNode().call("retrieve", bencode: .dictionary(good.merging(changes) { $1 }))
        #expect(reply == ["400", "invalid request: \(expected)"])
    }

    private static let signed = Bencode.bytes(Bytes(repeating: 1, count: 64))

    @Test("An empty subaccount is none, even beside a malformed subaccount signature")
    func emptySubaccount() async throws {
        let account = try TestAccount()
        let reply = try await TestNode().result(
            "retrieve", account.retrieve(extra: ["subaccount": "", "subaccount_sig": "abc"]))
        #expect(try reply.list("messages").isEmpty)
    }

    @Test("A signature is taken with and without its padding")
    func padding() async throws {
        let account = try TestAccount()
        let signature = account.sign(SignedText.retrieve(.inbox, timestamp: account.time))
        #expect(signature.hasSuffix("=="))
        for text in [signature, String(signature.dropLast(2))] {
            _ = try await TestNode().result("retrieve", account.retrieve(extra: ["signature": .string(text)]))
        }
    }
}
