import NodeRuntime
import SessionCrypto
import SessionProtocol

/// Keeps a node's picture of the network true: pings the ledger, subscribes to its blocks, and reads the node table when one
/// arrives (storage-node §10).
///
/// A private network is trusted as soon as the ledger lists it: there is no public network to compare with, so the
/// reference's bootstrap and its "syncing" state do not exist here.
struct LedgerLink: Sendable {
    let configuration: NodeConfiguration
    let environment: NodeEnvironment
    let membership: CurrentMembership
    private let blocks: AsyncStream<Void>
    private let announceBlock: AsyncStream<Void>.Continuation

    static let requestTimeout = Duration.seconds(15)
    static let pingInterval = Duration.seconds(30)
    static let retryDelay = Duration.milliseconds(500)

    init(configuration: NodeConfiguration, environment: NodeEnvironment, membership: CurrentMembership) {
        self.configuration = configuration
        self.environment = environment
        self.membership = membership
        // One waiting announcement is enough: whoever reads it asks for the newest table.
        (blocks, announceBlock) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// `notify.block`, pushed by the ledger on the connection this node opened to it. Any content triggers a poll.
    var notifyBlock: OMQService.Command {
        OMQService.Command(access: .admin) { [announceBlock] _ in
            announceBlock.yield()
            return nil
        }
    }

    /// Runs until cancelled.
    func run(ports: ListenerPorts) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keepSubscribed(ports: ports) }
            group.addTask {
                for await _ in blocks { try await poll() }
                try Task.checkCancellation()
            }
            try await group.waitForAll()
        }
    }

    /// Subscribes before the first ping: the ping may cause the block that makes this node active.
    private func keepSubscribed(ports: ListenerPorts) async throws {
        while true {
            let subscribed = await ask("sub.block", nil)
            let pinged = await ask("admin.storage_server_ping", ping(ports: ports))
            guard subscribed != nil, pinged != nil else {
                try await environment.clock.sleep(for: Self.retryDelay)
                continue
            }
            // A renewal polls too: it heals a notification that was lost.
            announceBlock.yield()
            try await environment.clock.sleep(for: Self.pingInterval)
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
            let known = membership.current?.blockHash
            if let parts = await ask("rpc.get_service_nodes", NodeTable.request(knownBlock: known)), parts.count >= 2,
                parts[0] == Bytes("200".utf8), let table = table(from: parts[1])
            {
                apply(table)
                return
            }
            try await environment.clock.sleep(for: Self.retryDelay)
        }
    }

    /// - Returns: `nil` for an answer that cannot be used; the next poll may bring a better one.
    private func table(from body: Bytes) -> NodeTable? {
        do {
            return try NodeTable(parsing: try JSON(parsing: body))
        } catch {
            return nil
        }
    }

    private func apply(_ table: NodeTable) {
        let previous = membership.current
        // Membership changes without a new block hash are invisible by definition (storage-node §10.3).
        guard !table.isUnchanged, table.blockHash != previous?.blockHash else { return }
        let next = Membership(table: table, own: configuration.keys.legacy.publicKey)
        membership.replace(with: next)
        let own = configuration.keys.legacy.publicKey
        guard
            next.standing != previous?.standing || next.peers(of: own) != previous?.peers(of: own)
                || next.reachableNodes != previous?.reachableNodes
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
    private func ask(_ command: String, _ parameters: JSON?) async -> [Bytes]? {
        let parts = parameters.map { [$0.utf8] } ?? []
        let outcome = await environment.transport.request(
            configuration.ledger, command, parts, timeout: Self.requestTimeout)
        if case .reply(let parts) = outcome { return parts }
        return nil
    }
}
