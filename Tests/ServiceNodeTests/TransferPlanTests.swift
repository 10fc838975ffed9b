import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What a new table makes a node do (storage-node §8.2), and what it keeps of the old one.
@Suite struct TransferPlanTests {
    private static let names = ["sn1", "sn2", "sn3", "sn4"]
    private static let keys = names.map { NodeKeys(networkSeed: 7, name: $0) }

    /// A table that lists nodes in swarms by their place; `nil` leaves a node out.
    private func membership(_ swarms: [UInt64?], revision: Int = 3) throws -> Membership {
        let nodes = zip(Self.keys, swarms).compactMap { keys, swarm in swarm.map { ListedNode(keys, swarm: $0) } }
        return Membership(
            NetworkView(try NodeTable(parsing: ledgerTable(nodes, revision: revision))),
            own: Self.keys[0].legacy.publicKey)
    }

    private func plan(
        _ previous: [UInt64?]?, _ next: [UInt64?], isHandingOver: Bool = false
    ) throws -> TransferPlan {
        TransferPlan(
            from: try previous.map { try membership($0) }, to: try membership(next), isHandingOver: isHandingOver)
    }

    private func plan(newcomers: [Int], compares: Bool, sorts: Bool, othersPush: Bool = false) -> TransferPlan {
        TransferPlan(
            newcomers: inOrder(newcomers), comparesWithPeers: compares, othersPush: othersPush, sorts: sorts)
    }

    /// In the order of the legacy keys.
    private func inOrder(_ nodes: [Int]) -> [X25519PublicKey] {
        nodes.map { Self.keys[$0] }.sorted { $0.legacy.publicKey < $1.legacy.publicKey }.map(\.x25519.publicKey)
    }

    private static let left = ListedNode.decommissioned

    @Test("Newcomers are pushed everything; moving records are looked for; whoever comes in compares")
    func plans() throws {
        #expect(try plan(nil, [1, 1]) == plan(newcomers: [], compares: true, sorts: true))
        #expect(try plan([1, 1, 2], [1, 1, 2]) == plan(newcomers: [], compares: false, sorts: false))
        #expect(try plan([1, 1, 2], [1, 1, 2, 1]) == plan(newcomers: [3], compares: false, sorts: false))
        #expect(try plan([1, 1, 2, 2], [1, nil, 2, 2]) == plan(newcomers: [], compares: false, sorts: false))
        // The ring changes.
        #expect(try plan([1, 1, 2], [1, 1, 3]) == plan(newcomers: [], compares: false, sorts: true))
        #expect(
            try plan([1, 1, 2], [1, 1, 3], isHandingOver: true) == plan(newcomers: [], compares: true, sorts: true))
        // The node itself moves, leaves, comes back.
        #expect(
            try plan([1, 1, 2, 2], [2, 1, 2, 2])
                == plan(newcomers: [2, 3], compares: true, sorts: true, othersPush: true))
        #expect(try plan([1, 1, 2], [Self.left, 1, 2]) == plan(newcomers: [], compares: false, sorts: true))
        #expect(try plan([1, 1, 2], [nil, 1, 2]) == plan(newcomers: [], compares: false, sorts: true))
        #expect(
            try plan([Self.left, 1, 2], [1, 1, 2])
                == plan(newcomers: [1], compares: true, sorts: true, othersPush: true))
        // Two move together into another swarm: they know each other.
        #expect(
            try plan([1, 1, 2], [2, 2, 2]) == plan(newcomers: [2], compares: true, sorts: true, othersPush: true))
    }

    @Test("Whoever founds a network compares with nobody until it was in a swarm: those who are there push to it")
    func founding() throws {
        for previous in [nil, [nil, 1, 1], [Self.left, 1, 1]] as [[UInt64?]?] {
            let founding = TransferPlan(
                from: try previous.map { try membership($0) }, to: try membership([1, 1, 1]), isHandingOver: false,
                isFounding: true)
            #expect(!founding.comparesWithPeers && founding.leftBehind.isEmpty)
            #expect(try plan(previous, [1, 1, 1]).comparesWithPeers)
        }
        // What it has to hand over, it compares all the same.
        #expect(
            TransferPlan(
                from: try membership([1, 1, 2]), to: try membership([1, 1, 3]), isHandingOver: true, isFounding: true
            ).comparesWithPeers)
    }

    @Test("Before hard fork 19.3 nothing moves, and its first table is taken as the first after a start")
    func fork() throws {
        let (early, later) = (try membership([1, 1, 2], revision: 2), try membership([2, 1, 2, 1], revision: 2))
        for previous in [nil, early, try membership([1, 1, 2])] {
            #expect(TransferPlan(from: previous, to: later, isHandingOver: true) == TransferPlan())
        }
        for revision in [3, 4] {
            let next = try membership([1, 1, 2, 1], revision: revision)
            #expect(
                TransferPlan(from: early, to: next, isHandingOver: false)
                    == plan(newcomers: [], compares: true, sorts: true))
        }
    }

    @Test("Each two that a peer leaves behind compare once: whoever comes first with whoever comes after it")
    func leftBehind() throws {
        let own = Self.keys[0].legacy.publicKey
        let after = inOrder([1, 2].filter { own < Self.keys[$0].legacy.publicKey })
        try #require(!after.isEmpty && after.count < 2, "the names give this node one before and one after it")
        for gone in [nil, Self.left, 2] as [UInt64?] {
            let plan = try plan([1, 1, 1, 1], [1, 1, 1, gone])
            #expect(plan.leftBehind == after)
            #expect(plan.othersPush && !plan.comparesWithPeers && plan.newcomers.isEmpty)
        }
        // One that comes as another goes gets everything in any case.
        #expect(
            try plan([1, 1, nil, 1], [1, 1, 1, nil]).leftBehind == after.filter { $0 == Self.keys[1].x25519.publicKey })
        #expect(try plan([1, 1, 1, 2], [1, 1, 1, nil]).leftBehind.isEmpty)
        #expect(try plan([1, 1, 1, 1], [2, 1, 1, 1]).leftBehind.isEmpty)
    }

    @Test("A node that a table shows without address and ports keeps the old ones; anything else is taken as it is")
    func addresses() throws {
        func view(ip: String, https: JSON, omq: JSON) throws -> NetworkView {
            var node = ListedNode(Self.keys[1], ip: ip)
            node.httpsPort = https
            node.omqPort = omq
            return NetworkView(try NodeTable(parsing: ledgerTable([ListedNode(Self.keys[0]), node])))
        }
        let old = try view(ip: "127.1.0.9", https: 1_000, omq: 2_000)
        let cases: [(ip: String, https: JSON, omq: JSON, isKept: Bool)] = [
            ("0.0.0.0", 0, 0, true), ("0.0.0.0", 3, 0, false), ("0.0.0.0", 0, 3, false), ("127.1.0.1", 0, 0, false),
        ]
        for (ip, https, omq, isKept) in cases {
            let new = try view(ip: ip, https: https, omq: omq)
            let kept = new.succeeding(old).view
            #expect((kept !== new) == isKept)
            #expect((kept.node(Self.keys[1].legacy.publicKey) == old.node(Self.keys[1].legacy.publicKey)) == isKept)
            #expect(kept.swarms[SwarmID(0x10)]?.count == 2)
            #expect(new.succeeding(old).view === kept, "worked out once")
        }
        // Without a whole address before there is nothing to keep.
        let bare = try view(ip: "0.0.0.0", https: 0, omq: 0)
        #expect(bare.succeeding(try view(ip: "127.1.0.9", https: 0, omq: 2_000)).view === bare)
        #expect(bare.succeeding(nil).view === bare)
    }

    @Test("Those who were active and are not any more have departed")
    func departed() throws {
        let before = try membership([1, 1, 2, Self.left]).view
        let after = try membership([1, Self.left, nil, nil]).view
        #expect(Set(after.succeeding(before).departed) == Set(Self.keys[1...2].map(\.x25519.publicKey)))
        #expect(before.succeeding(after).departed.isEmpty)
    }

    @Test("The departed are remembered for ten minutes, and a decommissioned node for as long as it is one")
    func memory() throws {
        let current = CurrentMembership()
        let key = Self.keys[1].x25519.publicKey
        current.replace(with: try membership([1, nil]), departed: [key], at: .seconds(100))
        #expect(current.isFormer(key, at: .seconds(700)))
        #expect(!current.isFormer(key, at: .seconds(701)))
        #expect(!current.isFormer(Self.keys[2].x25519.publicKey, at: .seconds(100)))
        current.replace(with: try membership([1, Self.left]), at: .seconds(5_000))
        #expect(current.isFormer(key, at: .seconds(9_000)))
    }
}
