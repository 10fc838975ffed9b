import NodeRuntime

/// Who wants to hear of new blocks (ledger §6.3).
struct BlockSubscriptions: Sendable {
    /// A subscription that is not renewed ends after this.
    static let lifetime: Duration = .seconds(30 * 60)

    /// In the order they came, so that notifications always go out in the same order.
    private(set) var connections: [OMQConnection] = []
    /// When each connection's subscription ends.
    private var expiries: [OMQConnection: Duration] = [:]
    /// No subscription ends before: renewals need not look at all the others.
    private var earliestExpiry: Duration?

    /// - Returns: whether this is a new subscription rather than a renewed one.
    mutating func add(_ connection: OMQConnection, at uptime: Duration) -> Bool {
        removeExpired(at: uptime)
        let expiry = uptime + Self.lifetime
        earliestExpiry = min(earliestExpiry ?? expiry, expiry)
        guard expiries.updateValue(expiry, forKey: connection) == nil else { return false }
        connections.append(connection)
        return true
    }

    mutating func removeExpired(at uptime: Duration) {
        guard let earliestExpiry, earliestExpiry <= uptime else { return }
        expiries = expiries.filter { $0.value > uptime }
        connections.removeAll { expiries[$0] == nil }
        self.earliestExpiry = expiries.values.min()
    }
}
