import Ledger
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Swarms

/// What external servers do not report is found out by asking them.
extension Testnet {
    private static let askingInterval = Duration.milliseconds(250)
    /// How often a server that does not know its swarm yet is told of the top block.
    private static let remindingInterval = Duration.seconds(1)

    /// A node that is gone at once must not keep the externals from starting.
    private static let longestWaitForProofs = Duration.seconds(5)

    /// Waits until the ledger knows where all our nodes are. A server that asks it before that takes the table for that of
    /// a network that is not there yet, and looks for others first.
    func waitForOwnProofs() async throws {
        let limit = clock.uptime + Self.longestWaitForProofs
        let ours = Set(
            roll.members.filter { settings.topology.externals[$0.name] == nil }.map(\.keys.legacy.publicKey))
        while clock.uptime < limit {
            let status = await ledger.daemon.status
            if status.nodes.allSatisfy({ $0.proof != nil || !ours.contains($0.node) }) { return }
            try await clock.sleep(for: .milliseconds(20))
        }
    }

    /// Has the log tell when an external server sees its swarm as the ledger assigned it, as our nodes tell it
    /// themselves. One that does not yet is told of the top block every second: whatever was announced while it started it
    /// may have ignored, and it asks by itself only after half a minute. Ends by being cancelled.
    func followExternals() async throws {
        var told: [String: Set<LegacyPublicKey>] = [:]
        var reminded = clock.uptime
        while true {
            try await clock.sleep(for: Self.askingInterval)
            var ignorant: Set<LegacyPublicKey> = []
            let swarms = await ledger.daemon.status.swarms
            for name in names {
                guard let node = nodes[name], let external = node.external, let port = ports[name]?.http else {
                    continue
                }
                guard await node.state == .running, let (swarm, members) = Self.swarm(of: node.member, in: swarms)
                else {
                    told[name] = nil
                    continue
                }
                guard told[name] != members else { continue }
                guard await sees(external, swarm, members, at: port) else {
                    ignorant.insert(node.member.keys.legacy.publicKey)
                    continue
                }
                told[name] = members
                events.record(
                    Event(
                        .swarmEntered, from: name,
                        [
                            "swarm": .string(swarm.hex),
                            "members": .array(members.sorted().map { .string($0.hex) }),
                        ]))
            }
            if !ignorant.isEmpty, clock.uptime - reminded >= Self.remindingInterval {
                reminded = clock.uptime
                await ledger.daemon.remind(ignorant)
            }
        }
    }

    private func sees(
        _ external: ExternalInterface, _ swarm: SwarmID, _ members: Set<LegacyPublicKey>, at port: UInt16
    ) async -> Bool {
        do {
            return try await external.members(of: swarm, at: port) == members
        } catch {
            // Not ready, or gone meanwhile: readiness names it as missing until it answers.
            return false
        }
    }

    private static func swarm(
        of member: NodeMember, in swarms: [SwarmID: [LegacyPublicKey]]
    ) -> (SwarmID, Set<LegacyPublicKey>)? {
        let key = member.keys.legacy.publicKey
        guard let found = swarms.first(where: { $0.key != .unassigned && $0.value.contains(key) }) else { return nil }
        return (found.key, Set(found.value))
    }

    /// Why an external server does not know its swarm as it now is; `nil` when it does, or belongs to none.
    func reasonNotSettled(_ external: ExternalInterface, at top: LedgerStatus) async -> String? {
        let member = external.member
        guard let (swarm, members) = Self.swarm(of: member, in: top.swarms) else { return nil }
        do {
            let seen = try await external.members(of: swarm, at: ports[member.name]?.http ?? 0)
            return seen == members ? nil : "does not see swarm \(swarm) as it is"
        } catch {
            return "does not tell its swarm: \(error)"
        }
    }

    /// Reads, of an external server, the inboxes of the scripted clients that its swarm answers for. What else it holds
    /// nobody can ask it.
    /// - Returns: records as ``EventKind/inventoryTaken`` has them.
    func inboxes(at external: ExternalInterface) async throws -> JSON {
        let swarms = await ledger.daemon.status.swarms
        guard let (swarm, _) = Self.swarm(of: external.member, in: swarms) else { return [] }
        let map = SwarmMap(swarms.keys)
        var records: [JSON] = []
        for index in 0..<settings.topology.clients.count {
            let identity = try ScriptedClients.identity(index, seed: settings.seed)
            guard map.swarm(for: identity.account) == swarm else { continue }
            records += try await external.records(
                of: identity, now: clock.wallMilliseconds, at: ports[external.member.name]?.http ?? 0)
        }
        return .array(records)
    }
}
