import SessionCrypto
import SessionProtocol
import Sockets
import Testing

@testable import Orchestrator

@Suite struct ResourceBudgetTests {
    private func descriptors(_ nodes: Int, _ mode: Topology.Mode, clients: Int = 2) -> Int {
        var topology = Topology()
        topology.nodes = .count(nodes)
        topology.mode = mode
        topology.clients.count = clients
        return ResourceBudget(settings(topology)).descriptors
    }

    private func settings(_ topology: Topology) -> NetworkSettings {
        NetworkSettings(
            topology: topology, seed: 1, directory: RunDirectory(name: "x", parent: "y"),
            executable: "testnet")
    }

    @Test(
        "Descriptors grow with nodes and clients, linearly once every node has its full set of links",
        arguments: [Topology.Mode.inProcess, .subprocess])
    func growth(mode: Topology.Mode) {
        #expect(descriptors(3, mode) < descriptors(4, mode))
        #expect(descriptors(12, mode) < descriptors(12, mode, clients: 20))
        let step = descriptors(101, mode) - descriptors(100, mode)
        #expect(descriptors(1_000, mode) - descriptors(900, mode) == 100 * step)
    }

    @Test("Nodes that test each other need more descriptors here, and as many as are added count")
    func peerTesting() {
        var topology = Topology()
        topology.nodes = .count(100)
        let testing = ResourceBudget(settings(topology)).descriptors
        topology.ledger.peerTesting = false
        #expect(ResourceBudget(settings(topology)).descriptors < testing)
        #expect(
            ResourceBudget(settings(topology), nodes: 101).descriptors > ResourceBudget(settings(topology)).descriptors)
    }

    @Test("A process for each node needs far fewer descriptors here than nodes in one process")
    func subprocess() { #expect(descriptors(100, .subprocess) * 4 < descriptors(100, .inProcess)) }

    @Test("A simulated network opens no sockets, so its size does not matter")
    func simulated() { #expect(descriptors(10_000, .simulated, clients: 100_000) == descriptors(12, .simulated)) }

    @Test("A hundred nodes in one process fit a common limit")
    func hundred() { #expect(descriptors(100, .inProcess) < 16_384) }

    @Test("The ledger takes a connection of every node of the largest network, and of others beside them")
    func ledgerConnections() throws {
        let keys = try X25519KeyPair(secretKey: Bytes(repeating: 1, count: 32))
        let ledger = LiveWorld.ledgerConfiguration(settings(Topology()), keys, ports: nil)
        #expect(ledger.mostConnections >= TopologyRules.nodeCount.upperBound + 1000)
    }

    @Test("A network that needs one descriptor more than there are is refused with the numbers")
    func check() throws {
        var topology = Topology()
        topology.nodes = .count(50)
        let budget = ResourceBudget(settings(topology))
        let needed = budget.descriptors
        try budget.check(available: needed)
        try budget.check(available: nil)
        let refusal = NetworkError.doesNotFit(
            what: "file descriptors in one process", needed: needed, available: needed - 1, nodes: 50,
            mode: .inProcess)
        #expect(throws: refusal) { try budget.check(available: needed - 1) }
        #expect(refusal.description.contains("or --mode subprocess"))
        topology.mode = .subprocess
        let subprocess = ResourceBudget(settings(topology))
        let error = #expect(throws: NetworkError.self) { try subprocess.check(available: subprocess.descriptors - 1) }
        #expect(error.map { !$0.description.contains("--mode") } == true)
    }
}
