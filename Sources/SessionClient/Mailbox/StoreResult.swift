import SessionCrypto
import SessionProtocol

/// What one member of the swarm says about a message that was to be stored.
public enum MemberOutcome: Sendable, Equatable, CustomStringConvertible {
    /// It has the message and signed its hash. `expiry` in milliseconds since the epoch; `already`: it had it before.
    case acknowledged(expiry: Int64, already: Bool)
    /// It has not, or nobody knows.
    case failed(reason: String)
    /// It claims to have the message, and the proof is not its own.
    case badSignature
    /// It claims to have stored something else under this request.
    case wrongHash(String)

    public var description: String {
        switch self {
        case .acknowledged(let expiry, let already): "acknowledged\(already ? " again" : "") until \(expiry)"
        case .failed(let reason): "failed: \(reason)"
        case .badSignature: "signature over the hash does not verify"
        case .wrongHash(let hash): "stored as \(hash)"
        }
    }
}

/// How a store went, member by member (storage-node §3.6).
public struct StoreResult: Sendable, Equatable {
    /// The message's name, computed here.
    public var hash: MessageHash
    /// The node that took the request and told the others.
    public var entry: Ed25519PublicKey
    /// Every member the entry node named.
    public var members: [Ed25519PublicKey: MemberOutcome]
    /// The timestamp of each try, in milliseconds since the epoch: a member may have the message from any of them, as the
    /// answer to one may have been lost.
    public var timestamps: [Int64]

    /// Takes each field as it is.
    public init(
        hash: MessageHash, entry: Ed25519PublicKey, members: [Ed25519PublicKey: MemberOutcome],
        timestamps: [Int64] = []
    ) {
        self.hash = hash
        self.entry = entry
        self.members = members
        self.timestamps = timestamps
    }

    /// Members whose signature proves that they have the message, sorted.
    public var acknowledged: [Ed25519PublicKey] {
        members.filter { if case .acknowledged = $0.value { true } else { false } }.keys.sorted()
    }

    /// When the first member may forget it, in milliseconds since the epoch; `nil` when no member has it.
    public var expiry: Int64? {
        members.values.compactMap { if case .acknowledged(let expiry, _) = $0 { expiry } else { nil } }.min()
    }

    /// All other members, sorted.
    public var failed: [Ed25519PublicKey] {
        members.filter { if case .acknowledged = $0.value { false } else { true } }.keys.sorted()
    }

    /// Reads the `swarm` object of an answer, and checks every member's signature.
    ///
    /// - Parameter hash: what the message's name must be.
    /// - Returns: `nil` when the answer has no such object.
    init?(answer: JSON, entry: Ed25519PublicKey, hash: MessageHash) {
        guard let swarm = answer["swarm"]?.asObject else { return nil }
        var members: [Ed25519PublicKey: MemberOutcome] = [:]
        for (name, fields) in swarm {
            guard let key = Ed25519PublicKey(hex: name) else { return nil }
            members[key] = Self.outcome(fields, of: key, hash: hash)
        }
        self.init(hash: hash, entry: entry, members: members)
    }

    private static func outcome(_ fields: JSON, of key: Ed25519PublicKey, hash: MessageHash) -> MemberOutcome {
        // Entries of peers pass through bencode, so their booleans arrive as 0 and 1.
        if isTrue(fields["failed"]) { return .failed(reason: reason(fields)) }
        guard let named = fields["hash"]?.asString else { return .failed(reason: "an entry without hash") }
        guard named == hash.text else { return .wrongHash(excerpt(named.utf8)) }
        guard let signature = fields["signature"]?.asString.flatMap({ Base64.decode($0) }),
            key.verifies(signature, of: Bytes(hash.text.utf8))
        else { return .badSignature }
        guard let expiry = fields["expiry"]?.asInteger else { return .failed(reason: "an entry without expiry") }
        return .acknowledged(expiry: expiry, already: isTrue(fields["already"]))
    }

    private static func isTrue(_ value: JSON?) -> Bool { value == .bool(true) || value == .integer(1) }

    private static func reason(_ fields: JSON) -> String {
        if isTrue(fields["timeout"]) { return "no answer in time" }
        if isTrue(fields["bad_peer_response"]) { return "an answer nobody understands" }
        let code = fields["code"].map { $0.asString ?? $0.text }
        let text = fields["reason"]?.asString ?? (isTrue(fields["query_failure"]) ? "its database failed" : nil)
        return excerpt([code, text].compactMap { $0 }.joined(separator: " ").utf8)
    }
}
