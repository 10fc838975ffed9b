import SessionProtocol
import Swarms

/// Which swarm must hold an account's messages, computed from the ledger's last assignment and from nothing a node says (storage-node §6).
struct SwarmOwnership {
    private let map: SwarmMap
    private let members: [SwarmID: [LegacyPublicKey]]
    private let swarmByNode: [LegacyPublicKey: SwarmID]

    /// - Returns: `nil` when the ledger assigned no swarm.
    init?(_ history: History) {
        guard let swarms = history.swarms, !swarms.isEmpty else { return nil }
        map = SwarmMap(swarms.keys)
        members = swarms
        swarmByNode = SwarmAssignment(swarms).swarmByNode
        if map.ids.isEmpty { return nil }
    }

    func owner(of account: AccountID) -> SwarmID? { map.swarm(for: account) }

    func members(of swarm: SwarmID) -> [LegacyPublicKey] { members[swarm] ?? [] }

    /// `nil` for a node in no swarm.
    func swarm(of node: LegacyPublicKey) -> SwarmID? {
        swarmByNode[node].flatMap { $0 == .unassigned ? nil : $0 }
    }
}
