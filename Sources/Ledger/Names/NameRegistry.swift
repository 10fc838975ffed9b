import SessionProtocol

/// Which names are taken, and by whom (ledger §6.7). Names of accounts never expire.
public struct NameRegistry: Sendable, Equatable {
    /// A taken name.
    public struct Entry: Sendable, Equatable {
        public var owner: WalletAddress
        public var record: NameRecord
        /// Of the block that last wrote it.
        public var height: UInt64

        public init(owner: WalletAddress, record: NameRecord, height: UInt64) {
            self.owner = owner
            self.record = record
            self.height = height
        }
    }

    public private(set) var entries: [NameHash: Entry] = [:]

    public init() {}

    /// What a name costs that nobody has: 20 coins in hard fork 15, 15 in 16 and 17, 7 from 18 on.
    ///
    /// The main network had no names before hard fork 15; here an older rule set sells them too, at the first price.
    public static func price(hardfork: UInt8) -> Amount {
        switch hardfork {
        case ..<16: .coins(20)
        case 16, 17: .coins(15)
        default: .coins(7)
        }
    }

    /// What a transaction for this name must burn now: the price, or nothing when the name is taken and its owner only
    /// changes it.
    public func price(of name: NameHash, hardfork: UInt8) -> Amount {
        entries[name] == nil ? Self.price(hardfork: hardfork) : .zero
    }

    /// Writes a name. The owner's balance is not this registry's business.
    /// - Returns: what stood there before; ``restore(_:of:)`` puts it back.
    @discardableResult
    public mutating func apply(
        _ transaction: NameRegistration, hardfork: UInt8, height: UInt64
    ) throws(NameRefusal) -> Entry? {
        let before = entries[transaction.name]
        let refuse = { NameRefusal(name: transaction.name, reason: $0) }
        guard transaction.isSignedByOwner else { throw refuse(.badSignature) }
        if let before, before.owner != transaction.owner { throw refuse(.taken(by: before.owner)) }
        let price = price(of: transaction.name, hardfork: hardfork)
        guard transaction.burn == price else { throw refuse(.wrongPrice(burnt: transaction.burn, price: price)) }
        entries[transaction.name] = Entry(owner: transaction.owner, record: transaction.record, height: height)
        return before
    }

    /// Takes a write back.
    /// - Parameter before: what ``apply(_:hardfork:height:)`` returned.
    public mutating func restore(_ before: Entry?, of name: NameHash) { entries[name] = before }
}

/// Why a name was not written; nothing is burnt.
public struct NameRefusal: Error, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        case badSignature
        case taken(by: WalletAddress)
        case wrongPrice(burnt: Amount, price: Amount)
    }

    public let name: NameHash
    public let reason: Reason

    public init(name: NameHash, reason: Reason) {
        self.name = name
        self.reason = reason
    }

    public var description: String { "name \(name): \(reason.text)" }
}

extension NameRefusal.Reason {
    var text: String {
        switch self {
        case .badSignature: "the owner's signature does not match; sign it with the owner's spend key"
        case .taken(let owner): "it belongs to wallet \(owner), and only that wallet may change it"
        case .wrongPrice(let burnt, let price): "it burns \(burnt) coins where \(price) are due; burn exactly that"
        }
    }
}
