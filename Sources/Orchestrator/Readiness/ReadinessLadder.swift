import NodeRuntime
import SessionProtocol

/// Follows the event log up the rungs. Pure: the same events always give the same progress.
struct ReadinessLadder: Sendable {
    /// Node names by legacy key, hex.
    private var names: [String: String]
    private let clients: Int
    private var ledgerIsUp = false
    private var answering: Set<String> = []
    private var registered: Set<String> = []
    private var proved: Set<String> = []
    private var views: [String: View] = [:]
    private var assignment: [String: Assignment] = [:]
    /// Nodes that see their swarm as the ledger assigned it, and know every node's address. Kept up with every change, because
    /// a large network changes often while it starts.
    private var agreeing: Set<String> = []
    private var paths: Set<String> = []
    private var canaryDelivered = false

    private struct Assignment: Equatable {
        var swarm: String
        var members: Set<String>
    }
    private struct View: Equatable {
        var assignment: Assignment
        var reachable: Int
    }

    /// - Parameters:
    ///   - names: every node's name by its legacy key in hex.
    ///   - clients: how many clients build a path.
    init(names: [String: String], clients: Int) {
        self.names = names
        self.clients = clients
    }

    /// A node joins the network: every rung that is about nodes asks for one more.
    /// - Parameter key: its legacy key in hex.
    mutating func join(_ name: String, key: String) {
        names[key] = name
        compareAll()
    }

    /// A node is no part of the network any more, whatever it had reached.
    mutating func leave(_ name: String) {
        names = names.filter { $0.value != name }
        for rung in [\Self.answering, \.registered, \.proved, \.agreeing] { self[keyPath: rung].remove(name) }
        views[name] = nil
        assignment[name] = nil
        compareAll()
    }

    /// Whether the network has such a node.
    func has(_ name: String) -> Bool { names.values.contains(name) }

    /// The ledger's listeners are open.
    mutating func ledgerOpened() { ledgerIsUp = true }

    /// A node answered a request on its HTTPS port.
    mutating func answered(node: String) { answering.insert(node) }

    mutating func apply(_ event: Event) {
        let node = event.fields["node"]?.asString
        switch event.kind {
        case .nodeRegistered: insert(node, into: &registered)
        case .nodeExpired, .nodeDeregistered:
            if let node, let name = names[node] { registered.remove(name) }
        case .uptimeProof: insert(node, into: &proved)
        case .swarmsAssigned: assign(event.fields["swarms"])
        case .swarmEntered:
            views[event.source] = View(
                assignment: Assignment(
                    swarm: event.fields["swarm"]?.asString ?? "",
                    members: Set(event.fields["members"]?.asArray?.compactMap(\.asString) ?? [])),
                // An external server was asked who its swarm is, and has no way to tell whom it can reach.
                reachable: event.fields["reachable"].map { Int(clamping: $0.asInteger ?? 0) } ?? .max)
            compare(event.source)
        case .pathBuilt: paths.insert(event.source)
        case .messageReceived: canaryDelivered = true
        default: break
        }
    }

    private func insert(_ key: String?, into set: inout Set<String>) {
        if let key, let name = names[key] { set.insert(name) }
    }

    private mutating func assign(_ swarms: JSON?) {
        assignment = [:]
        for (swarm, members) in swarms?.asObject ?? [:] {
            let keys = Set(members.asArray?.compactMap(\.asString) ?? [])
            for key in keys { if let name = names[key] { assignment[name] = Assignment(swarm: swarm, members: keys) } }
        }
        compareAll()
    }

    private mutating func compareAll() {
        for name in names.values { compare(name) }
    }

    /// Finds out anew whether a node agrees with the ledger.
    private mutating func compare(_ name: String) {
        if let assigned = assignment[name], let view = views[name], view.reachable >= names.count,
            view.assignment == assigned
        {
            agreeing.insert(name)
        } else {
            agreeing.remove(name)
        }
    }

    func progress(_ rung: Rung) -> RungProgress {
        let (done, of) =
            switch rung {
            case .ledger: (ledgerIsUp ? 1 : 0, 1)
            case .nodesAnswering: (answering.count, names.count)
            case .registered: (registered.count, names.count)
            case .proofs: (proved.count, names.count)
            case .swarmsAgreed: (agreeing.count, names.count)
            case .pathsBuilt: (min(paths.count, clients), clients)
            case .canaryDelivered: (canaryDelivered ? 1 : 0, 1)
            }
        return RungProgress(rung: rung, done: done, of: of)
    }

    /// Which nodes keep a rung from being reached, in natural order; empty for rungs that are not about nodes.
    func missing(_ rung: Rung) -> [String] {
        let have: Set<String>
        switch rung {
        case .nodesAnswering: have = answering
        case .registered: have = registered
        case .proofs: have = proved
        case .swarmsAgreed: have = agreeing
        case .ledger, .pathsBuilt, .canaryDelivered: return []
        }
        return NaturalOrder.sorted(Set(names.values).subtracting(have))
    }
}
