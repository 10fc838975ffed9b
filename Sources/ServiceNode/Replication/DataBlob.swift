import SessionCrypto
import SessionProtocol
import Storage

/// Messages as one node hands them to another: `sn.data` (storage-node §8.4).
///
/// Each message is a list of account, hash, timestamp, expiry and data, as the reference has it, and after them the
/// namespace, which servers older than 2.11.3 neither send nor read, when the expiry was last set, and when a node
/// accepted the message from a client. Of the last two, which only nodes of this kind are told, what says nothing is
/// left out at the end.
enum DataBlob {
    /// The only version there is.
    static let version: UInt8 = 1
    /// First bytes from here on begin a blob of the time before versions.
    private static let firstText = UInt8(ascii: "0")

    /// Namespaces that a message without one may lie in, the likeliest first.
    private static let candidates: [Int16] =
        [0, 2, 3, 4, 5, -10, 11, 12, 13, 14, -11, 1, -1, -21, -41] + [6, 7, 8, 9, 10, 15, 16, 17, 18, 19, 20]

    /// - Parameter dialect: of whoever is to read it. A ``Dialect/plain`` one is to be sent the default inbox alone.
    static func encode(_ messages: [StoredMessage], _ dialect: Dialect = .own) -> Bytes {
        let list = messages.map { message in
            var fields: [Bencode] = [
                .bytes(message.account.bytes), .text(message.hash.text), .integer(message.timestamp),
                .integer(message.expiry), .bytes(message.data),
            ]
            guard dialect != .plain else { return Bencode.list(fields) }
            fields.append(.integer(Int64(message.namespace.rawValue)))
            guard dialect == .own else { return Bencode.list(fields) }
            let isStoredLater = message.storedAt != message.timestamp
            if message.expiryChanged != 0 || isStoredLater { fields.append(.integer(message.expiryChanged)) }
            if isStoredLater { fields.append(.integer(message.storedAt)) }
            return Bencode.list(fields)
        }
        return [version] + Bencode.list(list).encoded
    }

    /// Whether a blob is of the version this node reads.
    static func isCurrent(_ blob: Bytes) -> Bool {
        guard let first = blob.first, first > 0, first < firstText else { return false }
        return first == version
    }

    /// Reads a blob of the current version.
    /// - Returns: `nil` for a malformed one.
    static func decode(_ blob: Bytes) -> [StoredMessage]? {
        // A malformed blob gets no reply, so nobody could be told the parser's reason.
        guard let list = try? Bencode(parsing: Bytes(blob.dropFirst())).asList else { return nil }
        var messages: [StoredMessage] = []
        messages.reserveCapacity(list.count)
        for element in list {
            guard let message = message(element) else { return nil }
            messages.append(message)
        }
        return messages
    }

    private static func message(_ element: Bencode) -> StoredMessage? {
        guard let fields = element.asList, fields.count >= 5, let account = fields[0].asBytes.flatMap(AccountID.init),
            let hash = fields[1].asText.flatMap(MessageHash.init(text:)), let timestamp = fields[2].asInteger,
            let expiry = fields[3].asInteger, let data = fields[4].asBytes
        else { return nil }
        // The reference skips whatever follows, so what cannot be read there is no reason to refuse the message.
        let sent = fields.dropFirst(5).first.flatMap(number).flatMap(Int16.init(exactly:))
        let namespace = sent.map(Namespace.init) ?? Self.namespace(of: hash, account: account, data: data)
        let moments = sent == nil ? [] : fields.dropFirst(6).prefix(2).map(\.asInteger)
        return StoredMessage(
            account: account, namespace: namespace, hash: hash, timestamp: timestamp, expiry: expiry,
            expiryChanged: moments.first.flatMap(\.self) ?? 0, storedAt: moments.count > 1 ? moments[1] : nil,
            data: data)
    }

    /// An integer, or its decimal text.
    private static func number(_ element: Bencode) -> Int64? {
        element.asInteger ?? element.asText.flatMap { Int64($0) }
    }

    /// The namespace with which the content gives the hash; the default inbox when none does.
    private static func namespace(of hash: MessageHash, account: AccountID, data: Bytes) -> Namespace {
        let found = candidates.first { hash == MessageHash(account: account, namespace: Namespace($0), data: data) }
        return found.map { Namespace($0) } ?? .inbox
    }
}
