import SessionCrypto
import SessionProtocol
import Storage

/// The parameters of `store`, checked (storage-node §3.2).
struct StoreRequest: RequestParameters {
    let account: AccountID
    let namespace: Namespace
    let timestamp: Int64
    let expiry: Int64
    let data: Bytes
    /// `nil` when the request carries no signature. `timestamp` is the signature's own time.
    let authentication: (Authentication, timestamp: Int64)?

    init(_ fields: RequestFields) throws(Refusal) {
        let data = try fields.string("data")
        let expiry = try fields.timestamp("expiry")
        namespace = try fields.namespace("namespace") ?? .inbox
        let modern = try fields.string("pubKey")
        let classic = try fields.string("pubkey")
        var auth = Authentication.Fields()
        auth.ed25519 = try fields.string("pubkey_ed25519")
        let signatureTime = try fields.timestamp("sig_timestamp")
        auth.signature = try fields.string("signature")
        auth.subaccount = try fields.string("subaccount")
        auth.subaccountSignature = try fields.string("subaccount_sig")
        let time = try fields.lenientMilliseconds(
            "timestamp", in: Int64.min...Int64.max,
            expected: fields.encoding == .json ? "integer" : "integer timestamp (in milliseconds)")
        let lifetime = try fields.lenientMilliseconds("ttl", in: 0...Int64.max, expected: "positive integer")

        timestamp = try fields.require("timestamp", time)
        self.expiry = try fields.requireOne(
            ("expiry", expiry),
            ("ttl", lifetime.map { [timestamp] in timestamp.addingReportingOverflow($0).partialValue }))
        account = try Authentication.account(try fields.requireAccount(pubkey: classic, pubKey: modern))
        if auth.signature != nil {
            authentication = (
                try Authentication(auth, account: account, encoding: fields.encoding), signatureTime ?? timestamp
            )
        } else {
            authentication = nil
        }
        self.data = try Self.decoded(try fields.require("data", data), fields.encoding)
    }

    private static func decoded(_ data: Bytes, _ encoding: RequestEncoding) throws(Refusal) -> Bytes {
        let tooLong = Refusal.invalid("Message body exceeds maximum allowed length of \(Limits.messageBytes) bytes")
        guard encoding == .json else {
            guard data.count <= Limits.messageBytes else { throw tooLong }
            return data
        }
        guard let decoded = data.withUnsafeBufferPointer({ Base64.decode(utf8: $0) }) else {
            throw .invalid("Invalid 'data' value: not base64 encoded")
        }
        guard data.count <= Limits.messageBase64Characters else { throw tooLong }
        return decoded
    }

    /// What a swarm peer is sent: the same request, resolved, so that it can check everything itself (storage-node §8.1).
    var forwarded: Bencode {
        var fields: [String: Bencode] = [
            "data": .bytes(data),
            "expiry": .integer(expiry),
            "pubkey": .bytes(account.bytes),
            "timestamp": .integer(timestamp),
        ]
        if namespace != .inbox { fields["namespace"] = .integer(Int64(namespace.rawValue)) }
        if let (authentication, time) = authentication {
            fields["sig_timestamp"] = .integer(time)
            fields.merge(authentication.forwarded) { $1 }
        }
        return .dictionary(fields)
    }

    /// The message's name, worked out from all of its data each time.
    var hash: MessageHash { MessageHash(account: account, namespace: namespace, data: data) }

    /// - Parameters:
    ///   - hash: ``hash``.
    ///   - moment: when it counts as stored, in milliseconds since 1970.
    func message(named hash: MessageHash, storedAt moment: Int64) -> StoredMessage {
        StoredMessage(
            account: account, namespace: namespace, hash: hash, timestamp: timestamp, expiry: expiry,
            storedAt: moment, data: data)
    }
}
