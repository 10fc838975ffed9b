import SessionCrypto
import SessionProtocol
import Testing

/// Tokens by which an account lets another key act for it (storage-node §5).
struct SubaccountTests {
    private let account: TestAccount
    private let keys: Ed25519KeyPair
    private let vector: JSON

    init() throws {
        account = try TestAccount()
        vector = try vectors("storage").need("subaccount")
        keys = try Ed25519KeyPair(seed: vector.bytes("subaccount_seed"))
    }

    /// Token and both signatures, as a request by the subaccount carries them.
    private func block(
        _ text: Bytes, prefix: UInt8 = 3, flags: UInt8, signer: Ed25519KeyPair? = nil, owner: Ed25519KeyPair? = nil
    ) -> [String: JSON] {
        let token = [prefix, flags, 0, 0] + keys.publicKey.bytes
        return [
            "pubkey": .string(account.group.hex), "pubkey_ed25519": .null,
            "signature": .string(Base64.encode((signer ?? keys).sign(text))),
            "subaccount": .string(Base64.encode(token)),
            "subaccount_sig": .string(Base64.encode((owner ?? account.keys).sign(token))),
        ]
    }

    private func retrieve(
        prefix: UInt8 = 3, flags: UInt8, signer: Ed25519KeyPair? = nil, owner: Ed25519KeyPair? = nil
    ) -> JSON {
        let text = SignedText.retrieve(Namespace(11), timestamp: account.time)
        return account.retrieve(
            11, extra: block(text, prefix: prefix, flags: flags, signer: signer, owner: owner))
    }

    private static let refusedRetrieve = ["401", "retrieve signature verification failed"]

    @Test("The token of the vectors reads its group's namespace 11, in base64 and in hex", arguments: [true, false])
    func vectorToken(inHex: Bool) async throws {
        let parameters: JSON = [
            "pubkey": .string(account.group.hex), "namespace": 11, "timestamp": .integer(account.time),
            "signature": .string(try vector.text("request_sig_b64")),
            "subaccount": .string(try vector.text(inHex ? "token_hex" : "token_b64")),
            "subaccount_sig": .string(try vector.text("token_sig_b64")),
        ]
        #expect(try await TestNode().result("retrieve", parameters).list("messages").isEmpty)
    }

    @Test("The token of the vectors serves a bencoded request too")
    func bencodedToken() async throws {
        let fields: [String: Bencode] = [
            "namespace": .integer(11), "pubkey": .bytes(account.group.bytes), "timestamp": .integer(account.time),
            "signature": .bytes(try #require(Base64.decode(vector.text("request_sig_b64")))),
            "subaccount": .bytes(try vector.bytes("token_hex")),
            "subaccount_sig": .bytes(try #require(Base64.decode(vector.text("token_sig_b64")))),
        ]
        #expect(try await TestNode().call("retrieve", bencode: .dictionary(fields)).count == 1)
    }

    @Test(
        "Reading needs the read flag and the account's prefix, or a token for any prefix",
        arguments: [
            (3, 0x01, true), (3, 0x0f, true), (3, 0x02, false), (3, 0x00, false), (3, 0x0e, false), (5, 0x01, false),
            (5, 0x09, true), (0, 0x08, false),
        ] as [(UInt8, UInt8, Bool)])
    func reading(prefix: UInt8, flags: UInt8, isAllowed: Bool) async throws {
        let reply = try await TestNode().call("retrieve", retrieve(prefix: prefix, flags: flags))
        #expect((reply.count == 1) == isAllowed)
        if !isAllowed { #expect(reply == Self.refusedRetrieve) }
    }

    @Test(
        "Writing needs the write flag, and the delete flag as well in an outbox",
        arguments: [
            (11, 0x02, true), (11, 0x01, false), (11, 0x04, false), (-1, 0x02, false), (-1, 0x04, false),
            (-1, 0x06, true),
        ] as [(Int16, UInt8, Bool)])
    func writing(namespace: Int16, flags: UInt8, isAllowed: Bool) async throws {
        let text = SignedText.store(Namespace(namespace), timestamp: account.time)
        let reply = try await TestNode().call(
            "store",
            account.store(
                extra: ["namespace": .integer(Int64(namespace))].merging(block(text, flags: flags)) { $1 }))
        #expect((reply.count == 1) == isAllowed)
        if !isAllowed { #expect(reply == ["401", "store signature verification failed"]) }
    }

    @Test("The request must be signed by the token's key, and the token by the account's")
    func signers() async throws {
        let node = try TestNode()
        #expect(try await node.call("retrieve", retrieve(flags: 1, signer: account.keys)) == Self.refusedRetrieve)
        #expect(try await node.call("retrieve", retrieve(flags: 1, owner: keys)) == Self.refusedRetrieve)
    }

    @Test("An 05 account's token is signed by the key that converts to the account")
    func sessionAccount() async throws {
        let text = SignedText.retrieve(Namespace(11), timestamp: account.time)
        var extra = block(text, prefix: 5, flags: 1)
        extra["pubkey"] = .string(account.session.hex)
        let node = try TestNode()
        extra["pubkey_ed25519"] = .string(account.keys.publicKey.hex)
        _ = try await node.result("retrieve", account.retrieve(11, extra: extra))
        extra["pubkey_ed25519"] = .string(keys.publicKey.hex)
        #expect(try await node.call("retrieve", account.retrieve(11, extra: extra)) == Self.refusedRetrieve)
    }
}
