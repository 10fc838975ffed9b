import SessionCrypto
import SessionProtocol
import Storage

/// Subaccounts whose access an account's owner ends or gives back, and his signature for it (storage-node §3.2, §3.5).
/// No subaccount may sign it.
struct RevocationOrder: Sendable {
    let owner: SignedAccount
    /// 36 bytes each, in the order of the request.
    let tokens: [Bytes]
    /// The signature's time, in milliseconds since the epoch.
    let timestamp: Int64

    /// Checks what every request of this kind has to pass before anything is done.
    ///
    /// - Parameter method: what the signed text and the refusals begin with.
    /// - Returns: the membership under which the request is run.
    func check(for method: String, at node: NodeState) async throws(Refusal) -> Membership {
        let membership = try node.responsible(for: owner.account)
        guard node.isTimely(timestamp) else { throw Refusal(406, "\(method) timestamp too far from current time") }
        let text = SignedText.revocation(method, timestamp: timestamp, tokens)
        try await owner.check(text, [], for: method, at: node)
        return membership
    }

    /// What a node that did it signs.
    var receipt: Bytes { SignedEntry.revocation(owner.account, timestamp, tokens) }

    /// What a swarm peer is sent (storage-node §8.1).
    /// - Parameter field: holds the tokens.
    func forwarded(_ field: String) -> Bencode {
        .dictionary(
            owner.forwarded.merging([
                "timestamp": .integer(timestamp), field: .list(tokens.map(Bencode.bytes)),
            ]) { $1 })
    }

    /// Tokens as a request carries them.
    /// - Parameter field: holds them; the refusal of a bad one names it.
    static func tokens(
        _ list: [Bytes], in field: String, _ encoding: RequestEncoding
    ) throws(Refusal) -> [Bytes] {
        try list.map { bytes throws(Refusal) in
            guard let token = Subaccount.token(bytes, encoding) else {
                switch encoding {
                case .json: throw .invalid("invalid \(field): expected base64 or hex-encoded subaccount tag")
                case .bencode: throw .invalid("invalid \(field) subaccount: invalid subaccount tag length")
                }
            }
            return token
        }
    }
}
