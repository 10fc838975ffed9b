import Faults
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Orchestrator

@Suite struct NodePlanTests {
    private func plan(seed: UInt64 = .max) -> NodePlan {
        var storage = Topology.StorageSettings()
        storage.rateLimit = false
        storage.maximumSize = 1 << 40
        storage.statsAccessKeys = ["a", "b"].map { NodeKeys(networkSeed: 1, name: $0).x25519.publicKey }
        return NodePlan(
            name: "n3", seed: seed, address: IPv4Address(127, 9, 0, 3), httpsPort: 0, omqPort: 65_535,
            ledger: OMQPeer(
                address: .loopback, port: 4_000,
                publicKey: NodeKeys(networkSeed: 1, name: "ledger").x25519.publicKey,
                role: .ledger),
            directory: NodeDirectory(path: "logs/dev/nodes/n3"), certificateFile: "a cert.pem",
            keyFile: "key.pem", peerTestingScale: 3, pingInterval: .milliseconds(1_800),
            storage: storage,
            links: LinkRules([LinkRule("cut", to: .only(IPv4Address(127, 9, 0, 4)), effect: .cut)]),
            foundsNetwork: true)
    }

    @Test(
        "A plan survives its file, with the largest seed to the last digit",
        arguments: [0, (1 << 53) + 1, .max] as [UInt64])
    func roundTrip(seed: UInt64) throws {
        let plan = plan(seed: seed)
        let read = try NodePlan(json: try JSON(parsing: plan.json.utf8))
        #expect(read == plan)
        #expect(read.keys.legacy.publicKey == plan.keys.legacy.publicKey)
    }

    @Test("A plan without one of its fields is refused by that field's name")
    func missingField() throws {
        let fields = try #require(plan().json.asObject)
        for field in fields.keys.sorted() {
            var rest = fields
            rest[field] = nil
            let error = #expect(throws: NodePlan.Malformed.self) { try NodePlan(json: .object(rest)) }
            // The ledger's first field stands for the whole of it.
            #expect(error?.field == (field == "ledger" ? "address" : field))
        }
    }

    @Test("A link rule that is not allowed is refused by its place in the plan")
    func linkRule() throws {
        var fields = try #require(plan().json.asObject)
        fields["links"] = [["name": "x", "effect": "melt"]]
        let error = #expect(throws: NodePlan.Malformed.self) { try NodePlan(json: .object(fields)) }
        #expect(error?.field == "links[0].effect")
    }

    @Test("A port out of range is refused")
    func portOutOfRange() throws {
        var fields = try #require(plan().json.asObject)
        fields["omqPort"] = 65_536
        #expect(throws: NodePlan.Malformed.self) { try NodePlan(json: .object(fields)) }
    }

    @Test("A restarted node takes the ports it had; a first start takes the plan's")
    func ports() {
        #expect(plan().on(nil) == plan())
        let again = plan().on(ListenerPorts(http: 7, omq: 8))
        #expect(again.httpsPort == 7 && again.omqPort == 8)
    }
}
