import NodeRuntime
import SessionCrypto
import SessionProtocol

/// A request wrapped for every node it passes (storage-node §7.1, clients.md §5.3).
public struct OnionRequest: Sendable {
    /// What is posted to the guard.
    public let body: Bytes
    /// The innermost key: the one that matters after sending, as only the last node encrypts its reply.
    private let replyKey: OnionKey

    /// One layer: for whom, and how it is encrypted.
    struct Layer {
        var node: OnionNode
        var cipher: OnionCipher
    }

    /// Wraps a request for the last node of a route.
    ///
    /// - Parameters:
    ///   - request: the JSON text with `method` and `params`.
    ///   - route: the guard first, the node that answers last; not empty.
    ///   - randomness: gives a fresh key and nonce for every layer.
    /// - Throws: ``CryptoError/lowOrderKey(_:)`` for a node key nobody can encrypt to.
    public init(
        _ request: Bytes, through route: [OnionNode], cipher: OnionCipher, randomness: any Randomness
    ) throws(CryptoError) {
        let layers = route.map { Layer(node: $0, cipher: cipher) }
        try self.init(request, control: ["headers": [:]], layers: layers, randomness: randomness)
    }

    /// - Parameter control: what the last node is told beside the request; it must have `headers`.
    init(
        _ request: Bytes, control: JSON, layers: [Layer], randomness: any Randomness
    ) throws(CryptoError) {
        var frame = OnionFrame(blob: request, control: control)
        var innermost: OnionKey?
        for (index, layer) in layers.enumerated().reversed() {
            let client = try X25519KeyPair(secretKey: randomness.bytes(32))
            let key = try OnionKey(client: client, node: layer.node.x25519, cipher: layer.cipher)
            if innermost == nil { innermost = key }
            let nonce = randomness.bytes(OnionKey.nonceLength(of: layer.cipher))
            var control: [String: JSON] = [
                "enc_type": .string(layer.cipher.rawValue), "ephemeral_key": .string(client.publicKey.hex),
            ]
            if index > 0 { control["destination"] = .string(layer.node.ed25519.hex) }
            frame = OnionFrame(blob: key.seal(frame.encoded, nonce: nonce), control: .object(control))
        }
        guard let innermost else { preconditionFailure("a route has at least one node") }
        replyKey = innermost
        body = frame.encoded
    }

    /// Opens what came back with status 200.
    public func open(_ reply: Bytes) throws(OnionReply.Malformed) -> OnionReply {
        guard let sealed = reply.withUnsafeBufferPointer({ Base64.decode(utf8: $0) }) else { throw .notBase64 }
        let plaintext: Bytes
        do {
            plaintext = try replyKey.open(sealed)
        } catch {
            throw .undecryptable
        }
        return try OnionReply(parsing: plaintext)
    }
}

/// What the last node of an onion answered, decrypted (clients.md §5.4).
public struct OnionReply: Sendable, Equatable {
    /// The node's own status; the onion itself came back with 200.
    public var status: Int
    /// The method's answer, or an error text.
    public var body: Bytes

    /// Takes both as they are.
    public init(status: Int, body: Bytes) {
        self.status = status
        self.body = body
    }

    /// Why bytes are no reply.
    public enum Malformed: String, Error, CustomStringConvertible {
        case notBase64 = "a reply that is not base64"
        case undecryptable = "a reply that this request's key does not open"
        case noEnvelope = "a reply without status and body"
        public var description: String { rawValue }
    }

    /// Reads `{"body":…,"status":…}`; older servers say `status_code`, and a body may stand as an object.
    init(parsing plaintext: Bytes) throws(Malformed) {
        let json: JSON
        do {
            json = try JSON(parsing: plaintext)
        } catch {
            throw .noEnvelope
        }
        guard let status = (json["status_code"] ?? json["status"])?.asInteger.flatMap(Int.init(exactly:)),
            let body = json["body"]
        else { throw .noEnvelope }
        self.init(status: status, body: body.asString.map { Bytes($0.utf8) } ?? body.utf8)
    }
}
