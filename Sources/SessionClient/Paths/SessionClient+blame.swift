import NodeRuntime
import SessionProtocol

extension SessionClient {
    /// The first few nodes of a random order in which those lately at fault come last.
    func chosen<Node>(
        _ count: Int, of nodes: [Node], without excluded: Ed25519PublicKey? = nil, key: (Node) -> Ed25519PublicKey
    ) -> [Node] {
        var source = RandomSource(environment.randomness)
        return avoidance.chosen(
            count, of: nodes, without: excluded, key: key, at: environment.clock.uptime, using: &source)
    }

    func isAvoided(_ key: Ed25519PublicKey) -> Bool { avoidance.contains(key, at: environment.clock.uptime) }

    func avoid(_ keys: [Ed25519PublicKey]) {
        avoidance.add(keys, until: environment.clock.uptime + configuration.avoidance)
    }

    /// The nodes a failure speaks against, as narrowly as it can be told from the client's end.
    func culprits(of failure: RouteFailure) -> [Ed25519PublicKey] {
        let route = failure.route
        return switch failure.cause {
        case .guardUnreachable: Array(route.prefix(1))
        case .nodeNotFound(let key), .notReady(let key), .badKey(let key): [key]
        case .badReply, .destination: Array(route.suffix(1))
        // The guard turns requests away itself with 503 and relays every other status.
        case .status(503, _): Array(route.prefix(1))
        // A layer that could not be read: any node's key may be out of date.
        case .status(400, _): route
        // The guard answered, so it is one of those behind it.
        case .status: Array(route.dropFirst())
        case .timedOut: route
        }
    }

    /// Finds out whether path or destination failed, and sees to it that the next try goes another way.
    ///
    /// A silent or relayed failure could be any node's. The path was good when it was built, so it is asked to prove
    /// itself again: if it does, the destination is at fault.
    func learn(from failure: RouteFailure, on path: OnionPath, to destination: OnionNode) async {
        switch failure.cause {
        case .timedOut, .status:
            do {
                _ = try await prove(path)
                avoid([destination.ed25519])
            } catch {
                avoid(culprits(of: error))
                retire(path)
            }
        default:
            let keys = culprits(of: failure)
            avoid(keys)
            if case .nodeNotFound(let key) = failure.cause { await learnGone(key) }
            if keys.contains(where: path.contains) { retire(path) }
        }
    }

    /// Learns that a hop does not know a node. A swarm that counts it is not the swarm of today, and is asked for anew; so is
    /// the list that names it, unless it is new itself: then it is the hop that lags.
    private func learnGone(_ key: Ed25519PublicKey) async {
        swarms = swarms.filter { !$0.value.contains { $0.ed25519 == key } }
        guard list?.node(key) != nil, environment.clock.uptime - listFetchedAt >= Self.youngList else { return }
        await refetchList()
    }

    /// A list of this age is not fetched again because of one node.
    private static let youngList = Duration.seconds(5)
}
