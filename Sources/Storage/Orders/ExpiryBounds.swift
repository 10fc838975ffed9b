import SessionProtocol

/// What an owner asked for of a message's expiry, in a form that needs no message to be worked out: a later one of his
/// requests is put on top, and the result is of the same form. All times are in milliseconds since 1970.
public struct ExpiryBounds: Sendable, Hashable {
    /// The expiry is raised to this; `Int64.min` where nothing is raised.
    public let earliest: Int64
    /// The expiry is lowered to this; `Int64.max` where nothing is lowered.
    public let latest: Int64

    /// - Returns: `nil` when no expiry lies between the two.
    public init?(earliest: Int64, latest: Int64) {
        guard earliest <= latest else { return nil }
        self.init(unchecked: earliest, latest)
    }

    /// What one request asks for.
    init(_ change: ExpiryChange, to expiry: Int64) {
        switch change {
        case .set: self.init(unchecked: expiry, expiry)
        case .extend: self.init(unchecked: expiry, .max)
        case .shorten: self.init(unchecked: .min, expiry)
        }
    }

    private init(unchecked earliest: Int64, _ latest: Int64) {
        (self.earliest, self.latest) = (earliest, latest)
    }

    /// Whether it leaves one expiry only, whatever was there.
    var isExact: Bool { earliest == latest }

    /// What one call asks for of each message it names, one after another; each message once.
    static func composed(
        _ expiries: [(hash: MessageHash, expiry: Int64)], _ change: ExpiryChange
    ) -> [(hash: MessageHash, bounds: ExpiryBounds)] {
        var composed: [MessageHash: ExpiryBounds] = [:]
        var order: [MessageHash] = []
        for (hash, expiry) in expiries {
            let bounds = ExpiryBounds(change, to: expiry)
            let before = composed.updateValue(composed[hash].map(bounds.after) ?? bounds, forKey: hash)
            if before == nil { order.append(hash) }
        }
        return order.compactMap { hash in composed[hash].map { (hash, $0) } }
    }

    func applied(to expiry: Int64) -> Int64 { min(max(expiry, earliest), latest) }

    /// Both, first the other one and then this.
    func after(_ other: ExpiryBounds) -> ExpiryBounds {
        ExpiryBounds(unchecked: applied(to: other.earliest), applied(to: other.latest))
    }
}

/// What an owner asked for of the expiry of a message that is not here.
struct AwaitedExpiry: Sendable, Equatable {
    let bounds: ExpiryBounds
    /// When, the last time, in milliseconds since 1970.
    let at: Int64

    /// - Parameter at: in milliseconds since 1970.
    init(bounds: ExpiryBounds, at: Int64) { (self.bounds, self.at) = (bounds, at) }

    /// One expiry whatever the message has. Both are in milliseconds since 1970.
    init(exactly expiry: Int64, at moment: Int64) {
        self.init(bounds: ExpiryBounds(.set, to: expiry), at: moment)
    }

    /// This one and another one of the same message. It comes to the same whichever of the two is known first, and
    /// nothing comes of the same one again. Where one was asked for between others that are joined already, it comes to
    /// what it would have come to before all of them.
    func joined(with other: AwaitedExpiry) -> AwaitedExpiry {
        let (older, newer) = at <= other.at ? (self, other) : (other, self)
        guard older.at == newer.at else { return AwaitedExpiry(bounds: newer.bounds.after(older.bounds), at: newer.at) }
        // Nodes that know of different ones before it have different bounds for the same moment.
        let common = ExpiryBounds(
            earliest: max(older.bounds.earliest, newer.bounds.earliest),
            latest: min(older.bounds.latest, newer.bounds.latest))
        let later = [older.bounds, newer.bounds].max { ($0.earliest, $0.latest) < ($1.earliest, $1.latest) }
        return AwaitedExpiry(bounds: common ?? later ?? bounds, at: at)
    }

    /// The message with this done to it, unless its expiry was set later. When it was stored is not looked at.
    func applied(to message: StoredMessage) -> StoredMessage {
        let expiry = bounds.applied(to: message.expiry)
        guard (at, expiry) > (message.expiryChanged, message.expiry), bounds.isExact || expiry != message.expiry
        else { return message }
        return message.dated(expiry: expiry, expiryChanged: at, storedAt: message.storedAt)
    }
}
