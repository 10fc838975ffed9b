import SessionProtocol

/// The keys of nodes that were active until lately: they still hand over what they hold, and would be refused as
/// strangers otherwise.
struct DepartedNodes: Sendable {
    /// How long a node is remembered after the table that dropped it.
    static let memory = Duration.seconds(600)

    /// When each left, by the node's uptime.
    private var times: [X25519PublicKey: Duration] = [:]

    /// - Parameter now: the node's uptime.
    mutating func left(_ keys: [X25519PublicKey], at now: Duration) {
        times = times.filter { now - $0.value <= Self.memory }
        for key in keys { times[key] = now }
    }

    func contains(_ key: X25519PublicKey, at now: Duration) -> Bool {
        times[key].map { now - $0 <= Self.memory } ?? false
    }
}
