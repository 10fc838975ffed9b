import SessionProtocol

/// Since when a node shares its swarm with each of its peers, as far as it saw.
///
/// A storage test is fair only when both have had the time to receive what the swarm holds. Blocks do not measure that:
/// they can come in any number at once, while messages cross the network at its own pace. So time counts, on this
/// node's clock and never scaled, and it starts again when either of the two leaves the swarm, or when this node
/// starts.
struct SwarmCompanions: Sendable {
    /// How long two nodes share a swarm before one asks the other for a message.
    static let settlingTime = Duration.seconds(120)

    private var swarm: SwarmID?
    private var since: [LegacyPublicKey: Duration] = [:]

    mutating func update(_ membership: Membership, at now: Duration) {
        if membership.ownSwarm != swarm {
            swarm = membership.ownSwarm
            since = [:]
        }
        guard since.count != membership.peers.count || membership.peers.contains(where: { since[$0.legacy] == nil })
        else { return }
        let former = since
        since = [:]
        for peer in membership.peers { since[peer.legacy] = former[peer.legacy] ?? now }
    }

    func areSettled(with peer: LegacyPublicKey, at now: Duration) -> Bool {
        since[peer].map { now - $0 >= Self.settlingTime } ?? false
    }
}
