import SessionCrypto
import SessionProtocol

/// One account's new messages, as somebody asks to be told of them (storage-node §12.3). Its signature has been
/// verified.
struct MonitorRequest: Sendable, Equatable {
    let account: AccountID
    /// Ascending, at least one.
    let namespaces: [Namespace]
    let wantsData: Bool
}

/// Reading and verifying.
extension MonitorRequest {
    /// How long ago a signature may have been made, and how far its time may lie ahead, in seconds.
    private static let oldestSignature: Int64 = 14 * 86_400
    private static let newestSignature: Int64 = 86_400

    /// Checks in the order in which the fields stand in the dict, and the signature last.
    /// - Parameter now: milliseconds since the epoch.
    init(_ fields: [String: Bencode], at now: Int64) throws(MonitorRefusal) {
        let sessionOwner = try Self.sessionOwner(fields["P"])
        let subaccount = try Self.subaccount(signature: fields["S"], token: fields["T"])
        wantsData = try Self.flag(fields["d"])
        namespaces = try Self.namespaces(fields["n"])
        let (account, problems) = try Self.account(sessionOwner, fields["p"])
        let signature = try Self.signature(fields["s"], after: problems)
        let time = try Self.time(fields["t"], at: now, after: problems)
        guard let account else {
            throw MonitorRefusal(.badSignature, "Signature verification failed", after: problems)
        }
        self.account = account
        let text = SignedText.monitor(account, timestamp: time, wantsData: wantsData, namespaces: namespaces)
        guard let owner = sessionOwner ?? Ed25519PublicKey(account.key),
            // Nobody asks here whether a token was revoked.
            let signer = subaccount.map({ $0.key(for: account, owner: owner, access: .read) }) ?? owner,
            signer.verifies(signature, of: text)
        else { throw MonitorRefusal(.badSignature, "Signature verification failed") }
    }

    /// The key a Session ID is converted from.
    private static func sessionOwner(_ field: Bencode?) throws(MonitorRefusal) -> Ed25519PublicKey? {
        guard let field else { return nil }
        guard let bytes = field.asBytes else { throw .unparsable }
        guard let key = Ed25519PublicKey(bytes) else {
            throw MonitorRefusal(.badPublicKey, "Provided P= Ed25519 pubkey must be 32 bytes")
        }
        guard key.x25519 != nil else {
            throw MonitorRefusal(.badPublicKey, "Provided P= Ed25519 pubkey is not a valid key")
        }
        return key
    }

    private static func subaccount(signature: Bencode?, token: Bencode?) throws(MonitorRefusal) -> Subaccount? {
        switch (signature, token) {
        case (nil, nil): return nil
        case (let signature?, let token?):
            guard let signature = signature.asBytes, let token = token.asBytes else { throw .unparsable }
            guard signature.count == 64 else {
                throw MonitorRefusal(.badArguments, "Provided S= subaccount signature must be 64 bytes")
            }
            guard token.count == Subaccount.tokenLength else {
                throw MonitorRefusal(.badArguments, "Provided T= subaccount token must be 36 bytes")
            }
            return Subaccount(token: token, signature: signature)
        default:
            throw MonitorRefusal(.badArguments, "S= subaccount signature and T= subaccount token go together")
        }
    }

    private static func flag(_ field: Bencode?) throws(MonitorRefusal) -> Bool {
        switch field {
        case nil, .integer(0): return false
        case .integer(1): return true
        default: throw .unparsable
        }
    }

    private static func namespaces(_ field: Bencode?) throws(MonitorRefusal) -> [Namespace] {
        guard let field else { throw MonitorRefusal(.badNamespaces, "Required n= namespace list is missing") }
        guard let list = field.asList else { throw .unparsable }
        guard !list.isEmpty else { throw MonitorRefusal(.badNamespaces, "n= namespace list must not be empty") }
        var namespaces: [Namespace] = []
        for value in list {
            guard let number = value.asInteger.flatMap(Int16.init(exactly:)) else {
                throw MonitorRefusal(.badNamespaces, "n= namespace list must hold 16-bit integers")
            }
            if let last = namespaces.last, last.rawValue >= number {
                throw MonitorRefusal(.badNamespaces, "n= namespace list must be in ascending order")
            }
            namespaces.append(Namespace(number))
        }
        return namespaces
    }

    /// - Returns: no account for a `p` of a wrong length. The reference notes that and reads on; whatever comes next
    ///   fails as well, at the latest the signature.
    private static func account(
        _ sessionOwner: Ed25519PublicKey?, _ field: Bencode?
    ) throws(MonitorRefusal) -> (AccountID?, [MonitorRefusal.Problem]) {
        guard let field else {
            guard let key = sessionOwner?.x25519 else {
                throw MonitorRefusal(.badPublicKey, "One of p= and P= is required")
            }
            return (AccountID(session: key), [])
        }
        guard sessionOwner == nil else {
            throw MonitorRefusal(.badPublicKey, "Only one of p= and P= may be given")
        }
        guard let bytes = field.asBytes else { throw .unparsable }
        guard let account = AccountID(bytes) else {
            return (nil, [.init(code: .badPublicKey, text: "Provided p= pubkey must be 33 bytes")])
        }
        return (account, [])
    }

    private static func signature(
        _ field: Bencode?, after problems: [MonitorRefusal.Problem]
    ) throws(MonitorRefusal) -> Bytes {
        guard let field else {
            throw MonitorRefusal(.badSignature, "Required s= signature is missing", after: problems)
        }
        guard let bytes = field.asBytes else { throw .unparsable }
        guard bytes.count == 64 else {
            throw MonitorRefusal(.badSignature, "Provided s= signature must be 64 bytes", after: problems)
        }
        return bytes
    }

    private static func time(
        _ field: Bencode?, at now: Int64, after problems: [MonitorRefusal.Problem]
    ) throws(MonitorRefusal) -> Int64 {
        guard let field else {
            throw MonitorRefusal(.badTimestamp, "Required t= signature timestamp is missing", after: problems)
        }
        let seconds = now / 1000
        switch field {
        case .integer(let time) where time < seconds - oldestSignature:
            throw MonitorRefusal(.badTimestamp, "Signature timestamp is too old", after: problems)
        case .integer(let time) where time <= seconds + newestSignature: return time
        case .integer, .unsigned:
            throw MonitorRefusal(.badTimestamp, "Signature timestamp is too far in the future", after: problems)
        default: throw .unparsable
        }
    }
}
