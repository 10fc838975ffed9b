/// What a decrypted layer asks of the node that opened it (storage-node §7.1).
public enum OnionLayer: Sendable, Equatable {
    /// The request is for this node.
    case final(request: Bytes, replyAsObject: Bool, replyInBase64: Bool)
    /// Post the whole layer to a server.
    case server(host: String, port: UInt16, scheme: String, target: String)
    /// Hand the blob to another node. Its hop number is the sender's to choose.
    case node(destination: Ed25519PublicKey, ephemeralKey: X25519PublicKey, cipher: OnionCipher, data: Bytes)

    /// The layer cannot be understood; the sender is told `Invalid json`.
    public struct Malformed: Error, Equatable {}

    public init(parsing plaintext: Bytes) throws(Malformed) {
        let frame: OnionFrame
        let control: JSON
        do {
            frame = try OnionFrame(parsing: plaintext)
            control = try JSON(parsing: frame.control, mostValues: Limits.onionValues)
        } catch {
            throw Malformed()
        }
        guard let fields = control.asObject else { throw Malformed() }
        if fields["headers"] != nil {
            self = .final(
                request: frame.blob, replyAsObject: try Self.flag(fields["json"], default: false),
                replyInBase64: try Self.flag(fields["base64"], default: true))
        } else if let host = fields["host"] {
            self = try Self.server(host: host, fields: fields)
        } else {
            guard let destination = fields["destination"]?.asString.flatMap({ Ed25519PublicKey(hex: $0) }),
                let key = fields["ephemeral_key"]?.asString.flatMap({ X25519PublicKey(hex: $0) })
            else { throw Malformed() }
            var cipher = OnionCipher.aesGCM
            if let name = fields["enc_type"] {
                guard let named = name.asString.flatMap(OnionCipher.init(name:)) else { throw Malformed() }
                cipher = named
            }
            self = .node(destination: destination, ephemeralKey: key, cipher: cipher, data: frame.blob)
        }
    }

    private static func flag(_ value: JSON?, default standard: Bool) throws(Malformed) -> Bool {
        guard let value else { return standard }
        guard let flag = value.asBool else { throw Malformed() }
        return flag
    }

    private static func server(host: JSON, fields: [String: JSON]) throws(Malformed) -> OnionLayer {
        guard let host = host.asString, let target = fields["target"]?.asString else { throw Malformed() }
        var port: UInt16 = 443
        if let value = fields["port"] {
            guard let number = value.asUnsigned.flatMap(UInt16.init(exactly:)) else { throw Malformed() }
            port = number
        }
        var scheme = "https"
        if let value = fields["protocol"] {
            guard let text = value.asString else { throw Malformed() }
            scheme = text
        }
        return .server(host: host, port: port, scheme: scheme, target: target)
    }
}
