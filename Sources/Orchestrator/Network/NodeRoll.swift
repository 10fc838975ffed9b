import SessionCrypto
import SessionProtocol
import Synchronization

/// Everyone who is or was a node of the network. A name stands for the same keys and the same address for the whole run.
final class NodeRoll: Sendable {
    private struct State {
        /// In the order they came: a place is an address.
        var members: [NodeMember] = []
        var places: [String: Int] = [:]
    }
    private let state: Mutex<State>
    private let settings: NetworkSettings

    /// The nodes of a topology, in its order.
    init(_ settings: NetworkSettings) {
        self.settings = settings
        var state = State()
        for name in settings.topology.nodes.names { Self.add(name, to: &state, settings) }
        self.state = Mutex(state)
    }

    /// In the order they came.
    var members: [NodeMember] { state.withLock { $0.members } }

    /// `nil` for a name that no node ever had.
    subscript(name: String) -> NodeMember? {
        state.withLock { state in state.places[name].map { state.members[$0] } }
    }

    /// Whose key it is; `nil` when nobody of this network has it.
    func name(of node: LegacyPublicKey) -> String? {
        members.first { $0.keys.legacy.publicKey == node }?.name
    }

    /// Gives a name its keys and its address, unless it has them.
    /// - Throws: ``NetworkError/tooManyNodes(most:)`` when no address is left.
    func add(_ name: String) throws(NetworkError) -> NodeMember {
        let member = state.withLock { state -> NodeMember? in
            if let place = state.places[name] { return state.members[place] }
            guard state.members.count < TopologyRules.nodeCount.upperBound else { return nil }
            return Self.add(name, to: &state, settings)
        }
        guard let member else { throw .tooManyNodes(most: TopologyRules.nodeCount.upperBound) }
        return member
    }

    /// Names that nobody has had: `n13`, `n14` and so on after `n1` to `n12`.
    func freshNames(_ count: Int) -> [String] {
        let numbers = members.compactMap { $0.name.hasPrefix("n") ? Int($0.name.dropFirst()) : nil }
        let first = (numbers.max() ?? 0) + 1
        return (0..<count).map { "n\(first + $0)" }
    }

    @discardableResult
    private static func add(_ name: String, to state: inout State, _ settings: NetworkSettings) -> NodeMember {
        let place = state.members.count
        let member = NodeMember(
            name: name, keys: NodeKeys(networkSeed: settings.seed, name: name),
            address: settings.topology.address(ofNode: place, addressBlock: settings.addressBlock))
        state.members.append(member)
        state.places[name] = place
        return member
    }
}
