import NodeRuntime

/// Who wants to hear of new blocks (ledger §6.3).
struct BlockSubscriptions: Sendable {
    /// A subscription that is not renewed ends after this.
    static let lifetime: Duration = .seconds(30 * 60)

    private struct Subscription {
        var connection: OMQConnection
        var expiry: Duration
    }

    /// In the order they came, so that notifications always go out in the same order.
    private var subscriptions: [Subscription] = []

    /// - Returns: whether this is a new subscription rather than a renewed one.
    mutating func add(_ connection: OMQConnection, at uptime: Duration) -> Bool {
        removeExpired(at: uptime)
        let expiry = uptime + Self.lifetime
        if let index = subscriptions.firstIndex(where: { $0.connection == connection }) {
            subscriptions[index].expiry = expiry
            return false
        }
        subscriptions.append(Subscription(connection: connection, expiry: expiry))
        return true
    }

    mutating func removeExpired(at uptime: Duration) { subscriptions.removeAll { $0.expiry <= uptime } }

    var connections: [OMQConnection] { subscriptions.map(\.connection) }
}
