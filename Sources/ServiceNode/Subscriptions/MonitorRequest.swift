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

    /// Who is asked about, as it stands in the dict.
    private enum Subject {
        /// `P`: the key a Session ID is converted from.
        case session(Ed25519PublicKey)
        /// `p`: type and key; `nil` for one of a wrong length, which is noted without ending the reading.
        case prefixed(AccountID?)
    }

    /// Reads the fields in the order in which they stand in the dict; what they say is checked after all of them were
    /// read, the signature last (storage-node §17).
    /// - Parameter now: milliseconds since the epoch.
    init(_ values: [String: Bencode], at now: Int64) throws(MonitorRefusal) {
        var fields = MonitorFields(values: values)
        let sessionOwner = try Self.sessionOwner(fields)
        let subaccount = try Self.subaccount(fields)
        wantsData = try fields.integer("d", in: 0...1 as ClosedRange<UInt8>) == 1
        namespaces = try Self.namespaces(fields)
        let subject = try Self.subject(sessionOwner, &fields)
        let signature = try fields.requiredString("s")
        guard signature.count == 64 else {
            throw fields.refusal(.badSignature, "Provided s= signature must be 64 bytes")
        }
        let time = try Self.time(fields, at: now)
        let (account, owner) = try Self.account(subject, fields)
        self.account = account
        let signer = try subaccount.map { token throws(MonitorRefusal) in
            try Self.signer(token, for: account, owner: owner, fields)
        }
        let text = SignedText.monitor(account, timestamp: time, wantsData: wantsData, namespaces: namespaces)
        guard (signer ?? owner).verifies(signature, of: text) else { throw Self.forged(fields) }
    }

    private static func forged(_ fields: MonitorFields) -> MonitorRefusal {
        fields.refusal(.badSignature, "Signature verification failed")
    }

    private static func sessionOwner(_ fields: MonitorFields) throws(MonitorRefusal) -> Ed25519PublicKey? {
        guard let bytes = try fields.string("P") else { return nil }
        guard let key = Ed25519PublicKey(bytes) else {
            throw fields.refusal(.badPublicKey, "Provided P= Session Ed25519 pubkey must be 32 bytes")
        }
        return key
    }

    /// - Returns: `nil` when there is no `S`; a `T` alone says nothing.
    private static func subaccount(_ fields: MonitorFields) throws(MonitorRefusal) -> Subaccount? {
        guard let signature = try fields.string("S") else { return nil }
        guard signature.count == 64 else {
            throw fields.refusal(.badPublicKey, "Provided S subaccount signature must be 64 bytes")
        }
        let token = try fields.requiredString("T")
        guard token.count == Subaccount.tokenLength else {
            throw fields.refusal(
                .badPublicKey, "Provided T subaccount token must be \(Subaccount.tokenLength) bytes")
        }
        return Subaccount(token: token, signature: signature)
    }

    private static func namespaces(_ fields: MonitorFields) throws(MonitorRefusal) -> [Namespace] {
        let list = try fields.requiredList("n")
        var numbers: [Int16] = []
        // An empty list is read like one whose first element is no number.
        for value in list.isEmpty ? [nil] : list.map(Optional.some) {
            let number = try fields.integer(
                value, in: Int16.min...Int16.max, orElse: "next value is not an integer")
            if let last = numbers.last, last >= number {
                throw fields.refusal(.badNamespaces, "Invalid n= namespace list: namespaces must be ascending")
            }
            numbers.append(number)
        }
        return numbers.map { Namespace($0) }
    }

    private static func subject(
        _ sessionOwner: Ed25519PublicKey?, _ fields: inout MonitorFields
    ) throws(MonitorRefusal) -> Subject {
        if let sessionOwner {
            guard fields.values["p"] == nil else {
                throw fields.badArgument("Cannot provide both p= and P= pubkey values")
            }
            return .session(sessionOwner)
        }
        guard let bytes = try fields.string("p") else {
            throw fields.badArgument("Either p= or P= must be given")
        }
        let account = AccountID(bytes)
        if account == nil {
            fields.problems.append(.init(code: .badPublicKey, text: "Provided p= pubkey must be 33 bytes"))
        }
        return .prefixed(account)
    }

    private static func time(_ fields: MonitorFields, at now: Int64) throws(MonitorRefusal) -> Int64 {
        guard let time = try fields.integer("t", in: Int64.min...Int64.max) else {
            throw fields.badArgument("required signature timestamp is missing")
        }
        let seconds = now / 1000
        guard time >= seconds - oldestSignature else {
            throw fields.refusal(.badTimestamp, "Invalid t= signature timestamp: timestamp is too old")
        }
        guard time <= seconds + newestSignature else {
            throw fields.refusal(.badTimestamp, "Invalid t= signature timestamp: timestamp is in the future")
        }
        return time
    }

    /// The account, and the key that speaks for it.
    private static func account(
        _ subject: Subject, _ fields: MonitorFields
    ) throws(MonitorRefusal) -> (AccountID, owner: Ed25519PublicKey) {
        switch subject {
        case .session(let owner):
            guard let key = owner.x25519 else {
                throw fields.refusal(.badPublicKey, "Invalid P= ed25519 public key")
            }
            return (AccountID(session: key), owner)
        case .prefixed(let account):
            guard let account, let owner = Ed25519PublicKey(account.key) else { throw forged(fields) }
            return (account, owner)
        }
    }

    /// The key a token speaks for. Nobody asks here whether it was revoked.
    private static func signer(
        _ token: Subaccount, for account: AccountID, owner: Ed25519PublicKey, _ fields: MonitorFields
    ) throws(MonitorRefusal) -> Ed25519PublicKey {
        if let key = token.key(for: account, owner: owner, access: .read) { return key }
        let reason =
            if !token.isFor(account) {
                "subaccount network prefix mismatch"
            } else if !token.grants(.read) {
                "subaccount is missing the required permissions"
            } else {
                "subaccount token signature verification failed"
            }
        throw fields.refusal(.badSignature, "Subaccount verification failed: \(reason)")
    }
}
