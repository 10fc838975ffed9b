import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// A client's half of an onion layer for one node.
struct TestOnion {
    let cipher: OnionCipher
    private let client: X25519KeyPair
    private let key: OnionKey

    init(to node: X25519PublicKey, _ cipher: OnionCipher = .xchacha20) throws {
        self.cipher = cipher
        client = try X25519KeyPair(secretKey: Bytes(repeating: 5, count: 32))
        key = try OnionKey(client: client, node: node, cipher: cipher)
    }

    var ephemeralKey: String { client.publicKey.hex }

    func sealed(_ plaintext: Bytes) -> Bytes {
        key.seal(plaintext, nonce: Bytes(repeating: 6, count: OnionKey.nonceLength(of: cipher)))
    }

    /// A layer's ciphertext.
    func layer(_ control: JSON, blob: Bytes = []) -> Bytes { sealed(OnionFrame(blob: blob, control: control).encoded) }

    /// The body of `POST /onion_req/v2`.
    func entry(_ ciphertext: Bytes, hop: Int? = nil) -> Bytes {
        var control: [String: JSON] = ["ephemeral_key": .string(ephemeralKey), "enc_type": .string(cipher.rawValue)]
        if let hop { control["hop_no"] = .int(hop) }
        return OnionFrame(blob: ciphertext, control: .object(control)).encoded
    }

    /// The body of `sn.onion_request`.
    func hop(_ ciphertext: Bytes, number: Int) -> Bytes {
        Bencode.dictionary([
            "data": .bytes(ciphertext), "enc_type": .text(cipher.rawValue),
            "ephemeral_key": .bytes(client.publicKey.bytes),
            "hop_no": .integer(Int64(number)),
        ]).encoded
    }

    /// A call as the innermost layer holds it.
    static func call(_ method: String) -> Bytes { Bytes(#"{"method":"\#(method)","params":{}}"#.utf8) }

    /// What the node sealed for the client, as text.
    func opened(_ body: Bytes, isBase64: Bool = true) throws -> String {
        let sealed = isBase64 ? Base64.decode(String(decoding: body, as: UTF8.self)) : body
        return String(decoding: try key.open(try #require(sealed, "the answer is no base64")), as: UTF8.self)
    }
}
