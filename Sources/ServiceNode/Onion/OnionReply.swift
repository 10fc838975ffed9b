import NodeRuntime
import SessionCrypto
import SessionProtocol

/// Encrypts an answer for the client whose layer this node opened: `{"body":…,"status":…}` (storage-node §7.3).
struct OnionReply: Sendable {
    enum Body: Sendable {
        case text(String)
        case object(JSON)
    }

    let key: OnionKey
    let cipher: OnionCipher
    let randomness: any Randomness

    /// The outer status is 200: whether the request succeeded is for the client alone to read.
    func sealed(_ body: Body, status: Int, inBase64: Bool = true) -> OnionAnswer {
        let content: JSON =
            switch body {
            case .text(let text): .string(text)
            case .object(let object): object
            }
        let envelope: JSON = ["body": content, "status": .int(status)]
        let sealed = key.seal(envelope.utf8, nonce: randomness.bytes(OnionKey.nonceLength(of: cipher)))
        return OnionAnswer(status: 200, body: inBase64 ? Base64.encodeUTF8(sealed) : sealed)
    }
}
