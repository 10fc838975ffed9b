import Ledger
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Swarms

/// What external servers do not report is found out by asking them.
extension Testnet {
    private static let askingInterval = Duration.milliseconds(250)

    /// Has the log tell when an external server sees its swarm as the ledger assigned it, as our nodes tell it
    /// themselves. Ends by being cancelled.
    func followExternals() async throws {
        var told: [String: Set<LegacyPublicKey>] = [:]
        while true {
            try await clock.sleep(for: Self.askingInterval)
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
                do {
                    guard let seen = try await external.members(of: swarm, at: port), seen == members else { continue }
                } catch {
                    // Not ready, or gone meanwhile: readiness names it as missing until it answers.
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
