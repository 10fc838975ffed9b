import NodeRuntime
import SessionCrypto
import SessionProtocol

/// Keeps a node's picture of the network true: pings the ledger, subscribes to its blocks, and reads the node table
/// when one arrives (storage-node §10).
///
/// A private network is trusted as soon as the ledger lists it: there is no public network to compare with, so the
/// reference's bootstrap and its "syncing" state do not exist here.
struct LedgerLink: Sendable {
    let configuration: NodeConfiguration
    let environment: NodeEnvironment
    let membership: CurrentMembership
    let peers: PeerLinks
    let transfers: Transfers

    static let requestTimeout = Duration.seconds(15)
    static let retryDelay = Duration.milliseconds(500)
    /// Pings from one look at the table that nothing asked for to the next: a notification that was lost is made up
    /// for within five minutes.
    static let pingsPerLook = 10

    private static let firstPoll = NodeTable.request(knownBlock: nil).utf8
    private static let success = Bytes("200".utf8)
    private static let newSubscription = Bytes("OK".utf8)

    /// `notify.block`, pushed by the ledger on the connection this node opened to it. Any content triggers a poll.
    var notifyBlock: OMQService.Command {
        OMQService.Command(access: .admin) { [membership] _ in
            membership.look()
            return nil
        }
    }

    /// Runs until cancelled.
    func run(ports: ListenerPorts) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keepSubscribed(ports: ports) }
            group.addTask {
                for await _ in membership.looks {
                    membership.beginLook()
                    try await poll()
                    membership.endLook()
                }
                try Task.checkCancellation()
            }
            try await group.waitForAll()
        }
    }

    /// Subscribes before the first ping: the ping may cause the block that makes this node active.
    private func keepSubscribed(ports: ListenerPorts) async throws {
        let ping = [ping(ports: ports).utf8]
        var pingsUntilLook = 0
        while true {
            let subscribed = await ask("sub.block", [])
            // Before a subscription that is new, notifications may have been missed.
            if subscribed?.first == Self.newSubscription { pingsUntilLook = 0 }
            let pinged = await ask("admin.storage_server_ping", ping)
            guard subscribed != nil, pinged != nil else {
                try await environment.clock.sleep(for: Self.retryDelay)
                continue
            }
            if pingsUntilLook == 0 {
                membership.look()
                pingsUntilLook = Self.pingsPerLook
            }
            pingsUntilLook -= 1
            try await environment.clock.sleep(for: configuration.pingInterval)
        }
    }

    private func ping(ports: ListenerPorts) -> JSON {
        [
            "version": configuration.version.json,
            "https_port": .int(Int(ports.http ?? 0)),
            "omq_port": .int(Int(ports.omq ?? 0)),
            "pubkey_ed25519": .string(configuration.keys.ed25519.publicKey.hex),
        ]
    }

    /// Reads the table, again and again until the ledger gives a usable one.
    private func poll() async throws {
        while true {
            let question = membership.current?.view.nextPoll ?? Self.firstPoll
            if let parts = await ask("rpc.get_service_nodes", [question]), parts.count >= 2, parts[0] == Self.success,
                let reading = reading(of: parts[1])
            {
                if case .network(let view) = reading { apply(view) }
                return
            }
            try await environment.clock.sleep(for: Self.retryDelay)
        }
    }

    /// - Returns: `nil` for a reply that cannot be used; the next poll may bring a better one.
    private func reading(of reply: Bytes) -> NodeTableReader.Reading? {
        guard let tables = environment.tables else { return NodeTableReader.read(reply) }
        return tables.reading(of: reply)
    }

    private func apply(_ view: NetworkView) {
        let previous = membership.current
        // Membership changes without a new block hash are invisible by definition (storage-node §10.3).
        guard view.blockHash != previous?.blockHash else { return }
        let (view, departed) = view.succeeding(previous?.view)
        let next = Membership(view, own: configuration.keys.legacy.publicKey)
        membership.replace(with: next, departed: departed, at: environment.clock.uptime)
        let arePeersOther = next.peers != previous?.peers
        if arePeersOther { peers.forget(allBut: next.peers) }
        transfers.tableChanged(from: previous, to: next)
        guard
            arePeersOther || next.standing != previous?.standing || next.reachableNodes != previous?.reachableNodes
        else { return }
        environment.events.record(
            Event(
                .swarmEntered, from: configuration.name,
                [
                    "swarm": .string((next.ownSwarm ?? .unassigned).hex),
                    "members": .array(
                        next.ownSwarm.flatMap { next.swarms[$0] }?.map { .string($0.legacy.hex) } ?? []),
                    "height": .uint(next.height),
                    "reachable": .int(next.reachableNodes),
                ]))
    }

    /// - Returns: the reply's frames, or `nil` when the ledger did not answer.
    private func ask(_ command: String, _ parts: [Bytes]) async -> [Bytes]? {
        let outcome = await environment.transport.request(
            configuration.ledger, command, parts, timeout: Self.requestTimeout)
        if case .reply(let parts) = outcome { return parts }
        return nil
    }
}
