import NodeRuntime
import SessionProtocol
import Swarms

/// One network that came about by random joins under the real rules of assignment.
struct NetworkSample {
    /// A node; its key is what places are decided by.
    private struct Node: Comparable, Hashable {
        let key: UInt64
        let number: Int

        static func < (left: Self, right: Self) -> Bool { (left.key, left.number) < (right.key, right.number) }
    }

    private let setting: AttackOdds.Setting
    private let swarms: SwarmAssignment<Node>

    /// - Parameter chance: gives as many numbers whatever the attacker's share is, so that of two shares with the same seed
    ///   the larger has all the nodes of the smaller, in the same network.
    init(_ setting: AttackOdds.Setting, chance: inout SplitMix64) {
        self.setting = setting
        var nodes = (0..<setting.nodes).map { Node(key: chance.next(), number: $0) }
        nodes.shuffle(using: &chance)
        var swarms = SwarmAssignment<Node>()
        for start in stride(from: 0, to: nodes.count, by: setting.joinsPerBlock) {
            let joiners = nodes[start..<min(start + setting.joinsPerBlock, nodes.count)]
            let hash = withUnsafeBytes(of: chance.next().littleEndian) { Bytes($0) }
            swarms = setting.policy.update(swarms, joiners: joiners, blockHash: hash)
        }
        self.swarms = swarms
    }

    /// Whether the attacker holds more than half of the nodes of at least one swarm.
    var someSwarmIsHeld: Bool { swarms.swarms.values.contains { isHeld($0) } }

    /// Whether the swarm of an account at this place on the ring is held.
    func holdsSwarm(at position: SwarmPosition) -> Bool {
        guard let id = SwarmMap(swarms.ids).swarm(at: position) else { return false }
        return isHeld(swarms.swarms[id] ?? [])
    }

    private func isHeld(_ members: [Node]) -> Bool {
        members.count { $0.number < setting.attackerNodes } * 2 > members.count
    }
}
