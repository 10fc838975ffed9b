import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What a node makes of the ledger's table (storage-node §10.2, §10.3).
struct NodeTableTests {
    private static let keys = (1...4).map { NodeKeys(networkSeed: 7, name: "sn\($0)") }
    private static let good = ListedNode(keys[0])

    /// The good table with one field of its top or of its first node changed; `nil` removes it.
    private static func table(_ top: [String: JSON?] = [:], node: [String: JSON?] = [:]) -> JSON {
        var fields = good.fields
        for (name, value) in node { fields[name] = value }
        var table: [String: JSON] = [
            "height": 5, "block_hash": "b5", "hardfork": 19,
            "service_node_states": [.object(fields), .object(ListedNode(keys[1]).fields)],
        ]
        for (name, value) in top { table[name] = value }
        return .object(table)
    }

    @Test(
        "A table without a field it must have, or with one of another type, is useless as a whole",
        arguments: [
            (table(["height": nil]), "height"), (table(["height": "5"]), "height"), (table(["height": -1]), "height"),
            (table(["block_hash": nil]), "block_hash"), (table(["block_hash": 5]), "block_hash"),
            (table(["hardfork": nil]), "hardfork"), (table(["hardfork": "19"]), "hardfork"),
            (table(["service_node_states": nil]), "service_node_states"),
            (table(["service_node_states": [:]]), "service_node_states"),
            (table(["unchanged": true, "height": nil]), "height"),
            (table(node: ["funded": nil]), "funded"), (table(node: ["funded": 1]), "funded"),
            (table(node: ["service_node_pubkey": nil]), "service_node_pubkey"),
            (table(node: ["service_node_pubkey": "ab"]), "service_node_pubkey"),
            (table(node: ["public_ip": nil]), "public_ip"), (table(node: ["public_ip": "1.2.3"]), "public_ip"),
            (table(node: ["storage_port": 65_536]), "storage_port"),
            (table(node: ["storage_port": "22021"]), "storage_port"),
            (table(node: ["storage_lmq_port": nil]), "storage_lmq_port"),
            (table(node: ["swarm_id": nil]), "swarm_id"), (table(node: ["swarm_id": "10"]), "swarm_id"),
            (table(node: ["swarm_id": .number(1.5)]), "swarm_id"), ([], "height"), (.null, "height"),
        ] as [(JSON, String)])
    func malformed(table: JSON, field: String) {
        #expect { try NodeTable(parsing: table) } throws: { error in
            "\(error)" == "the ledger's node table has no usable \(field)"
        }
    }

    @Test(
        "A node that is unfunded, or whose keys are not known yet, is left out alone",
        arguments: [
            ["funded": false], ["funded": false, "service_node_pubkey": nil, "public_ip": nil],
            ["pubkey_ed25519": ""], ["pubkey_ed25519": nil], ["pubkey_x25519": ""], ["pubkey_x25519": nil],
        ] as [[String: JSON?]])
    func skipped(node: [String: JSON?]) throws {
        let table = try NodeTable(parsing: Self.table(node: node))
        #expect(table.nodes.map(\.legacy) == [Self.keys[1].legacy.publicKey])
    }

    @Test("A record keeps every field, a missing revision is 0, and an unchanged table needs no nodes")
    func fields() throws {
        let table = try NodeTable(parsing: Self.table(node: ["swarm_id": .unsigned(.max), "storage_port": 443]))
        #expect(
            table.nodes.first
                == NodeRecord(
                    legacy: Self.keys[0].legacy.publicKey, ed25519: Self.keys[0].ed25519.publicKey,
                    x25519: Self.keys[0].x25519.publicKey, address: IPv4Address(127, 1, 0, 1), httpsPort: 443,
                    omqPort: 22_020, swarm: .unassigned))
        #expect(table.hardfork == Hardfork(major: 19, revision: 0))
        #expect(!table.isUnchanged)
        let versions: [(JSON?, StorageServerVersion)] = [
            ([2, 11, 3], StorageServerVersion(major: 2, minor: 11, patch: 3)), (nil, .unknown), ([2, 8], .unknown),
            ("2.8.0", .unknown), ([2, 8, -1], .unknown), ([2, 8, 0, 1], .unknown),
        ]
        for (told, read) in versions {
            let table = try NodeTable(parsing: Self.table(node: ["storage_server_version": told]))
            #expect(table.nodes.first?.version == read, "\(String(describing: told))")
        }
        let unchanged = try NodeTable(parsing: Self.table(["unchanged": true, "service_node_states": nil]))
        #expect(unchanged.isUnchanged)
        #expect(unchanged.nodes.isEmpty)
    }

    @Test("Swarms list their active members by legacy key; the decommissioned can still be found by name")
    func membership() throws {
        let own = Self.keys[0].legacy.publicKey
        let nodes = [
            ListedNode(Self.keys[2], ip: "0.0.0.0"), ListedNode(Self.keys[1]), ListedNode(Self.keys[0]),
            ListedNode(Self.keys[3], swarm: ListedNode.decommissioned),
        ]
        let view = NetworkView(try NodeTable(parsing: ledgerTable(nodes)))
        let membership = Membership(view, own: own)
        let members = try #require(membership.swarms[SwarmID(0x10)])
        #expect(members.map(\.legacy) == Self.keys[..<3].map(\.legacy.publicKey).sorted())
        #expect(membership.swarms.count == 1)
        #expect(membership.peers.map(\.legacy) == Self.keys[1..<3].map(\.legacy.publicKey).sorted())
        #expect(membership.standing == .active(SwarmID(0x10)))
        #expect(membership.reachableNodes == 3)
        #expect(membership.node(Self.keys[3].ed25519.publicKey)?.swarm == .unassigned)
        #expect(!membership.isActive(Self.keys[3].x25519.publicKey))
        #expect(membership.isActive(Self.keys[2].x25519.publicKey))
        let decommissioned = Membership(view, own: Self.keys[3].legacy.publicKey)
        #expect(decommissioned.standing == .decommissioned)
        #expect(decommissioned.peers.isEmpty)
        let stranger = NodeKeys(networkSeed: 7, name: "nobody").legacy.publicKey
        #expect(Membership(view, own: stranger).standing == .unstaked)
    }

    @Test("Forks compare by major number, then by revision")
    func forks() {
        #expect(Hardfork(major: 19, revision: 2) < .required)
        #expect(Hardfork(major: 18, revision: 9) < .required)
        #expect(!(Hardfork(major: 20, revision: 0) < .required))
        #expect(Hardfork(major: 19, revision: 3) == .required)
    }
}
