import SessionProtocol

/// What is remembered here that concerns a message which comes in.
struct ArrivalOrders: Sendable {
    static let none = ArrivalOrders()

    var awaited: AwaitedExpiry?
    /// Of the message's account, in any order.
    var standing: [StandingOrder] = []

    /// The latest moment of any that concerns a mailbox, in milliseconds since 1970.
    func latestMoment(in namespace: Namespace) -> Int64? {
        (standing.filter { $0.concerns(namespace) }.map(\.at) + (awaited.map { [$0.at] } ?? [])).max()
    }
}

extension StoredMessage {
    /// The message as it comes in where its owner had asked for something before it was known.
    ///
    /// - Parameters:
    ///   - orders: what is remembered of that.
    ///   - sweptAt: what had expired by then has been removed, in milliseconds since 1970.
    /// - Returns: `nil` when it stays away.
    func arriving(under orders: ArrivalOrders, sweptAt: Int64) -> StoredMessage? {
        guard !isDeleted(by: orders.standing) else { return nil }
        var changed = shortened(by: orders.standing, and: orders.awaited)
        let asked = orders.awaited == nil ? changed : shortened(by: orders.standing)
        if asked.times.outlasts(changed.expiry, setAt: changed.expiryChanged) {
            changed = dated(expiry: asked.expiry, expiryChanged: storedAt, storedAt: storedAt)
        }
        let isGone = changed.expiry != expiry && changed.expiry <= max(sweptAt, changed.expiryChanged)
        return isGone ? nil : changed
    }

    private func isDeleted(by orders: [StandingOrder]) -> Bool {
        orders.contains { order in
            guard case .deletion(let limit) = order.effect, order.concerns(namespace) else { return false }
            return storedAt <= order.at && timestamp <= limit
        }
    }

    /// With its expiry as orders leave it, one after another.
    func shortened(by orders: [StandingOrder], and awaited: AwaitedExpiry? = nil) -> StoredMessage {
        let shortening = orders.compactMap { order -> AwaitedExpiry? in
            guard case .shortening(let expiry) = order.effect, order.concerns(namespace), storedAt <= order.at
            else { return nil }
            return AwaitedExpiry(bounds: ExpiryBounds(.shorten, to: expiry), at: order.at)
        }
        let all = (shortening + (awaited.map { [$0] } ?? [])).sorted {
            ($0.at, $0.bounds.earliest, $0.bounds.latest) < ($1.at, $1.bounds.earliest, $1.bounds.latest)
        }
        return all.reduce(self) { $1.applied(to: $0) }
    }
}
