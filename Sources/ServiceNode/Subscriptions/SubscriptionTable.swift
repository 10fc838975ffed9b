import NodeRuntime
import SessionProtocol

/// Who wants to be told of which account's new messages (storage-node §12.3). Pure: no clock, no network.
struct SubscriptionTable: Sendable {
    /// What one connection wants of one account.
    struct Subscription: Sendable, Equatable {
        let connection: OMQConnection
        /// Ascending.
        var namespaces: [Namespace]
        var wantsData: Bool
        /// When it was made or renewed last, as an uptime.
        var renewed: Duration
    }

    /// How much a table takes. Whoever asks for more is refused; a renewal that adds nothing never is.
    struct Capacity: Sendable {
        /// Subscriptions of one connection.
        var perConnection = 20_000
        /// Subscriptions in all.
        var total = 100_000
        /// Namespaces of one subscription.
        var namespaces = 256
    }

    /// Why a subscription was not taken.
    enum Full: Sendable, Equatable {
        case connection
        case table
        case namespaces
    }

    /// How long a subscription lasts.
    static let lifetime = Duration.seconds(65 * 60)
    /// How often those that ended are looked for, while new ones come in.
    static let sweepInterval = Duration.seconds(60)

    private let capacity: Capacity
    /// In the order in which they were made.
    private var byAccount: [AccountID: [Subscription]] = [:]
    private var perConnection: [OMQConnection: Int] = [:]
    private(set) var count = 0
    private var nextSweep = Duration.zero

    init(capacity: Capacity = Capacity()) { self.capacity = capacity }

    /// Makes a subscription or renews it: namespaces are added to those it has, data once wanted stays so, and it lasts
    /// its whole time again.
    /// - Returns: `nil` when that was done.
    mutating func add(_ request: MonitorRequest, from connection: OMQConnection, at now: Duration) -> Full? {
        if now >= nextSweep { sweep(at: now) }
        if let index = byAccount[request.account]?.firstIndex(where: { $0.connection == connection }),
            let known = byAccount[request.account]?[index], now < known.renewed + Self.lifetime
        {
            let merged = Set(known.namespaces).union(request.namespaces).sorted()
            guard merged.count <= capacity.namespaces else { return .namespaces }
            byAccount[request.account]?[index] = Subscription(
                connection: connection, namespaces: merged, wantsData: known.wantsData || request.wantsData,
                renewed: now)
            return nil
        }
        drop(request.account, at: now)
        guard request.namespaces.count <= capacity.namespaces else { return .namespaces }
        guard perConnection[connection, default: 0] < capacity.perConnection else { return .connection }
        guard count < capacity.total else { return .table }
        count += 1
        perConnection[connection, default: 0] += 1
        byAccount[request.account, default: []].append(
            Subscription(
                connection: connection, namespaces: request.namespaces, wantsData: request.wantsData, renewed: now))
        return nil
    }

    /// Who is told of a message, in the order in which they subscribed; nobody twice.
    func subscribers(to account: AccountID, _ namespace: Namespace, at now: Duration) -> [Subscription] {
        guard count > 0, let subscriptions = byAccount[account] else { return [] }
        return subscriptions.filter { $0.namespaces.contains(namespace) && now < $0.renewed + Self.lifetime }
    }

    private mutating func sweep(at now: Duration) {
        nextSweep = now + Self.sweepInterval
        // The order does not matter: each account is looked at by itself.
        for account in Array(byAccount.keys) { drop(account, at: now) }
    }

    /// Drops an account's subscriptions that ended.
    private mutating func drop(_ account: AccountID, at now: Duration) {
        guard let subscriptions = byAccount[account] else { return }
        let live = subscriptions.filter { now < $0.renewed + Self.lifetime }
        guard live.count < subscriptions.count else { return }
        for ended in subscriptions where now >= ended.renewed + Self.lifetime {
            let left = perConnection[ended.connection, default: 1] - 1
            perConnection[ended.connection] = left > 0 ? left : nil
        }
        count -= subscriptions.count - live.count
        byAccount[account] = live.isEmpty ? nil : live
    }
}
