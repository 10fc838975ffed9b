import SessionProtocol

extension LedgerTransaction {
    /// Bencode, for archives and for ``id``: a dictionary with the kind under `t`.
    public var encoded: Bytes {
        var fields: [String: Bencode] = ["t": .text(kind.rawValue)]
        switch self {
        case .registration(let transaction): transaction.write(to: &fields)
        case .stake(let transaction): transaction.write(to: &fields)
        case .unlock(let transaction): transaction.write(to: &fields)
        case .transfer(let transaction): transaction.write(to: &fields)
        case .stateChange(let change): change.write(to: &fields)
        case .name(let registration): fields["name"] = .bytes(registration.encoded)
        }
        return Bencode.dictionary(fields).encoded
    }

    /// Reads what ``encoded`` wrote.
    /// - Throws: ``ArchiveError`` naming the field that cannot be read.
    public init(decoding bytes: Bytes) throws(ArchiveError) {
        let fields = try TransactionFields(bytes)
        guard let kind = Kind(rawValue: try fields.text("t")) else { throw fields.unreadable("t") }
        switch kind {
        case .registration: self = .registration(try RegistrationTransaction(fields))
        case .stake: self = .stake(try StakeTransaction(fields))
        case .unlock: self = .unlock(try UnlockTransaction(fields))
        case .transfer: self = .transfer(try TransferTransaction(fields))
        case .stateChange: self = .stateChange(try StateChange(fields))
        case .name: self = .name(try fields.name("name"))
        }
    }
}

extension BlockRecord {
    /// Bencode, for archives.
    public var encoded: Bytes {
        Bencode.dictionary([
            "height": .unsignedOrInteger(height), "salt": .unsignedOrInteger(salt), "time": .integer(timestamp),
            "transactions": .list(transactions.map { .bytes($0.encoded) }),
        ]).encoded
    }

    /// Reads what ``encoded`` wrote.
    public init(decoding bytes: Bytes) throws(ArchiveError) {
        let fields = try TransactionFields(bytes)
        let height = try fields.number("height")
        self.height = height
        do throws(ArchiveError) {
            salt = try fields.number("salt")
            timestamp = try fields.signed("time")
            var transactions: [LedgerTransaction] = []
            for item in try fields.list("transactions") {
                guard let bytes = item.asBytes else { throw fields.unreadable("transactions") }
                transactions.append(try LedgerTransaction(decoding: bytes))
            }
            self.transactions = transactions
        } catch {
            throw ArchiveError(height: height, reason: error.reason)
        }
    }
}

/// A transaction's bencoded fields, read by name.
struct TransactionFields {
    private let fields: Bencode

    init(_ bytes: Bytes) throws(ArchiveError) {
        do throws(BencodeError) {
            fields = try Bencode(parsing: bytes)
        } catch {
            throw ArchiveError(height: nil, reason: .unreadable(field: "\(error)"))
        }
    }

    func has(_ name: String) -> Bool { fields[name] != nil }

    func unreadable(_ name: String) -> ArchiveError { ArchiveError(height: nil, reason: .unreadable(field: name)) }

    func bytes(_ name: String) throws(ArchiveError) -> Bytes { try read(name, \.asBytes) }
    func text(_ name: String) throws(ArchiveError) -> String { try read(name, \.asText) }
    func number(_ name: String) throws(ArchiveError) -> UInt64 { try read(name, \.asUnsigned) }
    func signed(_ name: String) throws(ArchiveError) -> Int64 { try read(name, \.asInteger) }
    func list(_ name: String) throws(ArchiveError) -> [Bencode] { try read(name, \.asList) }
    func amount(_ name: String) throws(ArchiveError) -> Amount { Amount(atomic: try number(name)) }

    func node(_ name: String) throws(ArchiveError) -> LegacyPublicKey {
        guard let key = LegacyPublicKey(try bytes(name)) else { throw unreadable(name) }
        return key
    }

    func wallet(_ name: String) throws(ArchiveError) -> WalletAddress {
        guard let address = WalletAddress(bytes: try bytes(name)) else { throw unreadable(name) }
        return address
    }

    func small<Number: FixedWidthInteger>(_ name: String, as type: Number.Type) throws(ArchiveError) -> Number {
        guard let number = Number(exactly: try number(name)) else { throw unreadable(name) }
        return number
    }

    func name(_ name: String) throws(ArchiveError) -> NameRegistration {
        let bytes = try bytes(name)
        do throws(NameDecodingError) {
            return try NameRegistration(decoding: bytes)
        } catch {
            throw unreadable("\(name): \(error)")
        }
    }

    private func read<Value>(_ name: String, _ view: (Bencode) -> Value?) throws(ArchiveError) -> Value {
        guard let value = fields[name].flatMap(view) else { throw unreadable(name) }
        return value
    }
}

extension Bencode {
    /// A number of any size.
    static func unsignedOrInteger(_ value: UInt64) -> Bencode {
        Int64(exactly: value).map { .integer($0) } ?? .unsigned(value)
    }
}
