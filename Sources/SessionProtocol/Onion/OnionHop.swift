/// What one node hands the next: ciphertext for it and what it needs to open it (storage-node §7.4).
public struct OnionHop: Sendable, Equatable {
    /// Ciphertext for the receiving node.
    public var data: Bytes
    public var cipher: OnionCipher
    /// The client's ephemeral key for the receiving node's layer.
    public var ephemeralKey: X25519PublicKey
    /// 0 at the guard, one more at each relay.
    public var number: Int

    public init(data: Bytes, cipher: OnionCipher, ephemeralKey: X25519PublicKey, number: Int) {
        self.data = data
        self.cipher = cipher
        self.ephemeralKey = ephemeralKey
        self.number = number
    }

    /// Why a request is no onion hop; the text follows the protocol's error prefix.
    public struct Malformed: Error, CustomStringConvertible {
        public let description: String
    }

    /// The body of `sn.onion_request`.
    public var encoded: Bytes {
        Bencode.dictionary([
            "data": .bytes(data),
            "enc_type": .text(cipher.rawValue),
            "ephemeral_key": .bytes(ephemeralKey.bytes),
            "hop_no": .integer(Int64(number)),
        ]).encoded
    }

    /// Reads the body of `sn.onion_request`. A missing cipher means aes-gcm, a missing or too small hop number 1.
    public init(parsingInternal bytes: Bytes) throws(Malformed) {
        let dictionary: [String: Bencode]
        do {
            guard let parsed = try Bencode(parsing: bytes, mostValues: Limits.onionValues).asDictionary else {
                throw Malformed(description: "expected a dict")
            }
            dictionary = parsed
        } catch {
            throw Malformed(description: "\(error)")
        }
        guard let data = dictionary["data"]?.asBytes else { throw Malformed(description: "missing data") }
        guard let key = dictionary["ephemeral_key"]?.asBytes.flatMap({ X25519PublicKey($0) }) else {
            throw Malformed(description: "missing or invalid ephemeral_key")
        }
        self.data = data
        ephemeralKey = key
        cipher = try Self.cipher(named: dictionary["enc_type"].map(\.asText))
        number = try Self.bounded(dictionary["hop_no"].map { $0.asUnsigned ?? $0.asInteger.map { _ in 0 } }, from: 1)
    }

    /// Reads the body of an entry request: a frame whose control names the ephemeral key. Negative hop numbers become 0.
    public init(parsingEntry bytes: Bytes) throws(Malformed) {
        do {
            let frame = try OnionFrame(parsing: bytes)
            let control = try JSON(parsing: frame.control, mostValues: Limits.onionValues)
            guard let text = control["ephemeral_key"]?.asString else {
                throw Malformed(description: "missing ephemeral_key")
            }
            data = frame.blob
            ephemeralKey = try Self.key(hex: text)
            let fields = control.asObject ?? [:]
            cipher = try Self.cipher(named: fields["enc_type"].map(\.asString))
            number = try Self.bounded(fields["hop_no"].map { $0.asUnsigned ?? $0.asInteger.map { _ in 0 } }, from: 0)
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(description: "\(error)")
        }
    }

    /// Refuses other texts in the reference's words, which name a key's bytes where they mean its digits.
    private static func key(hex text: String) throws(Malformed) -> X25519PublicKey {
        if let key = X25519PublicKey(hex: text) { return key }
        guard Hex.decode(text) != nil else { throw Malformed(description: "Hex key data is invalid: data is not hex") }
        throw Malformed(
            description: "Hex key data is invalid: expected 32 hex digits, received \(text.utf8.count)")
    }

    /// - Parameter name: `nil` when absent; the inner value is `nil` when it is no text.
    private static func cipher(named name: String??) throws(Malformed) -> OnionCipher {
        guard let name else { return .aesGCM }
        guard let cipher = name.flatMap(OnionCipher.init(name:)) else {
            throw Malformed(description: "Invalid encryption type \(name ?? "")")
        }
        return cipher
    }

    /// A peer may send any number; what is over the limit stays just over it, so that counting up cannot overflow.
    ///
    /// - Parameter number: `nil` when absent; the inner value is `nil` when it is no integer, 0 when it is negative.
    private static func bounded(_ number: UInt64??, from lowest: Int) throws(Malformed) -> Int {
        guard let number else { return lowest }
        guard let number else { throw Malformed(description: "invalid hop_no") }
        return Int(min(max(number, UInt64(lowest)), UInt64(Limits.onionHops + 1)))
    }
}
