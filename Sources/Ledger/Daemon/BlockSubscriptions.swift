import NodeRuntime
import SessionProtocol

/// Who wants to hear of new blocks (ledger §6.3).
struct BlockSubscriptions: Sendable {
    /// One that asked.
    struct Subscriber: Sendable, Hashable {
        let connection: OMQConnection
        /// The key CURVE proved: what a node is told of may be late.
        let caller: X25519PublicKey
    }

    /// A subscription that is not renewed ends after this.
    static let lifetime: Duration = .seconds(30 * 60)

    /// In the order they came, so that notifications always go out in the same order.
    private(set) var subscribers: [Subscriber] = []
    /// When each connection's subscription ends.
    private var expiries: [OMQConnection: Duration] = [:]
    /// No subscription ends before: renewals need not look at all the others.
    private var earliestExpiry: Duration?

    /// - Returns: whether this is a new subscription rather than a renewed one.
    mutating func add(_ connection: OMQConnection, of caller: X25519PublicKey, at uptime: Duration) -> Bool {
        removeExpired(at: uptime)
        let expiry = uptime + Self.lifetime
        earliestExpiry = min(earliestExpiry ?? expiry, expiry)
        guard expiries.updateValue(expiry, forKey: connection) == nil else { return false }
        subscribers.append(Subscriber(connection: connection, caller: caller))
        return true
    }

    mutating func removeExpired(at uptime: Duration) {
        guard let earliestExpiry, earliestExpiry <= uptime else { return }
        expiries = expiries.filter { $0.value > uptime }
        subscribers.removeAll { expiries[$0.connection] == nil }
        self.earliestExpiry = expiries.values.min()
    }
}
