import SessionProtocol

/// A field that is absent or not what its kind of event documents.
struct FieldError: Error, Equatable, CustomStringConvertible {
    var field: String
    var expected: String

    var description: String { "field \(field) is not \(expected)" }
}

/// The fields of one event, read as the types `EventKind` documents.
struct EventFields {
    let values: [String: JSON]

    init(_ values: [String: JSON]) { self.values = values }

    init(record: JSON, of field: String) throws(FieldError) {
        guard let values = record.asObject else { throw FieldError(field: field, expected: "a list of objects") }
        self.values = values
    }

    func text(_ field: String) throws(FieldError) -> String {
        try required(field, "text", values[field]?.asString)
    }

    func integer(_ field: String) throws(FieldError) -> Int64 {
        try required(field, "an integer", values[field]?.asInteger)
    }

    func unsigned(_ field: String) throws(FieldError) -> UInt64 {
        try required(field, "an unsigned integer", values[field]?.asUnsigned)
    }

    /// The sum of an object's values.
    func sum(_ field: String) throws(FieldError) -> UInt64 {
        let expected = "an object of unsigned integers with a sum of 64 bits"
        var sum: UInt64 = 0
        for value in try required(field, expected, values[field]?.asObject).values {
            let next = sum.addingReportingOverflow(try required(field, expected, value.asUnsigned))
            sum = try required(field, expected, next.overflow ? nil : next.partialValue)
        }
        return sum
    }

    /// A seed above 2⁵³ may have been written as text, so that other JSON readers keep its last digits.
    func seed(_ field: String) throws(FieldError) -> UInt64 {
        let seed = values[field]?.asUnsigned ?? values[field]?.asString.flatMap { UInt64($0) }
        return try required(field, "an unsigned integer", seed)
    }

    func legacyKey(_ field: String) throws(FieldError) -> LegacyPublicKey {
        try required(field, "a key of 64 hex digits", LegacyPublicKey(hex: try text(field)))
    }

    func ed25519Key(_ field: String) throws(FieldError) -> Ed25519PublicKey {
        try required(field, "a key of 64 hex digits", Ed25519PublicKey(hex: try text(field)))
    }

    func account(_ field: String) throws(FieldError) -> AccountID {
        try required(field, "an account of 66 hex digits", Hex.decode(try text(field)).flatMap { AccountID($0) })
    }

    func list(_ field: String) throws(FieldError) -> [JSON] {
        try required(field, "a list", values[field]?.asArray)
    }

    func ed25519Keys(_ field: String) throws(FieldError) -> [Ed25519PublicKey] {
        var keys: [Ed25519PublicKey] = []
        for entry in try list(field) {
            keys.append(
                try required(field, "a list of keys of 64 hex digits", entry.asString.flatMap { Key(hex: $0) }))
        }
        return keys
    }

    func hashes(_ field: String) throws(FieldError) -> [MessageHash] {
        var hashes: [MessageHash] = []
        for entry in try list(field) {
            hashes.append(
                try required(field, "a list of message hashes", entry.asString.flatMap(MessageHash.init(text:))))
        }
        return hashes
    }

    func swarms(_ field: String) throws(FieldError) -> [SwarmID: [LegacyPublicKey]] {
        let expected = "an object of swarm ids and lists of node keys"
        var swarms: [SwarmID: [LegacyPublicKey]] = [:]
        for (id, members) in try required(field, expected, values[field]?.asObject) {
            var keys: [LegacyPublicKey] = []
            for member in try required(field, expected, members.asArray) {
                keys.append(try required(field, expected, member.asString.flatMap { Key(hex: $0) }))
            }
            swarms[try required(field, expected, SwarmID(hex: id))] = keys
        }
        return swarms
    }

    /// The message named by `account, namespace, hash, digest`.
    func copy() throws(FieldError) -> MessageCopy {
        let namespace = Int16(exactly: try integer("namespace"))
        let digest = Hex.decode(try text("digest"))
        return MessageCopy(
            identity: MessageIdentity(
                account: try account("account"),
                namespace: Namespace(try required("namespace", "a 16-bit integer", namespace)),
                hash: try required("hash", "a message hash", MessageHash(text: try text("hash")))),
            digest: try required("digest", "64 hex digits", digest?.count == 32 ? digest : nil))
    }

    private func required<Value>(_ field: String, _ expected: String, _ value: Value?) throws(FieldError) -> Value {
        guard let value else { throw FieldError(field: field, expected: expected) }
        return value
    }
}
