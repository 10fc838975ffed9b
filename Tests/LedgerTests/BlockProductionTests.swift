import Ledger
import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing
import TimeLimits

@Suite(.workLimit(minutes: 1)) struct BlockProductionTests {
    private func subscribe(_ network: TestNetwork, route: UInt8) async throws -> String {
        let reply = try #require(await network.transport.call("sub.block", as: TestNetwork.stranger, route: [route]))
        #expect(reply.count == 1)
        return String(decoding: reply[0], as: UTF8.self)
    }

    /// Runs the ledger while `body` plays its peers.
    private func running(_ network: TestNetwork, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await network.ledger.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    @Test("Subscribers hear of a block with its height as text and its hash raw, in the order they came")
    func notification() async throws {
        let network = try await TestNetwork(nodes: 3)
        #expect(try await subscribe(network, route: 9) == "OK")
        #expect(try await subscribe(network, route: 4) == "OK")
        #expect(try await subscribe(network, route: 9) == "ALREADY")
        try await network.register()
        let hash = await network.ledger.status.topHash
        #expect(network.transport.pushes.map(\.connection.route) == [[9], [4]])
        #expect(
            network.transport.pushes.allSatisfy { $0.command == "notify.block" && $0.parts == [[0x31], hash.bytes] })
    }

    @Test("A subscription ends after half an hour unless it is renewed")
    func expiry() async throws {
        let network = try await TestNetwork(nodes: 1)
        _ = try await subscribe(network, route: 1)
        _ = try await subscribe(network, route: 2)
        network.clock.advance(by: .seconds(1_799))
        #expect(try await subscribe(network, route: 2) == "ALREADY")
        network.clock.advance(by: .seconds(1))
        try await network.register()
        #expect(network.transport.pushes.map(\.connection.route) == [[2]])
        #expect(try await subscribe(network, route: 1) == "OK")
    }

    @Test("The block that shows the proofs comes with the last of them: twelve nodes starting take two blocks")
    func twoBlocks() async throws {
        let network = try await TestNetwork(nodes: 12)
        _ = try await subscribe(network, route: 1)
        try await network.register()
        for index in 0..<12 { try await network.ping(index) }
        #expect(await network.ledger.status.height == 2)
        #expect(network.transport.pushes.count == 2)
        #expect(await network.ledger.status.nodes.allSatisfy { $0.proof != nil })
    }

    @Test("Nodes that ping before they are registered are proved by the registration's own block")
    func pingFirst() async throws {
        let network = try await TestNetwork(nodes: 12)
        for index in 0..<12 { try await network.ping(index) }
        #expect(await network.ledger.status.height == 0)
        try await network.register()
        #expect(await network.ledger.status.height == 1)
        #expect(await network.ledger.status.nodes.allSatisfy { $0.proof?.proof.httpsPort == 22_021 })
    }

    @Test("When some nodes stay silent, the others' proofs share one block after a short quiet")
    func quiet() async throws {
        let network = try await TestNetwork(nodes: 12)
        try await network.register()
        _ = try await subscribe(network, route: 1)
        try await running(network) {
            for index in 0..<7 { try await network.ping(index) }
            await network.clock.untilSomeoneSleeps(dueBy: .milliseconds(5))
            #expect(network.transport.pushes.isEmpty)
            network.clock.advance(by: .milliseconds(5))
            await network.transport.untilPushed(1)
            #expect(await network.ledger.status.height == 2)
        }
    }

    @Test("Proofs that keep coming do not hold a block back for longer than the limit")
    func longestWait() async throws {
        let network = try await TestNetwork(nodes: 12)
        try await network.register()
        _ = try await subscribe(network, route: 1)
        try await running(network) {
            for index in 0..<10 {
                try await network.ping(index)
                await network.clock.untilSomeoneSleeps(dueBy: .milliseconds(min(30, index * 4 + 5)))
                if index < 7 { #expect(network.transport.pushes.isEmpty) }
                network.clock.advance(by: .milliseconds(4))
                if index == 7 {
                    await network.transport.untilPushed(1)
                    break
                }
            }
            #expect(await network.ledger.status.height == 2)
        }
    }

    @Test("A proof that only repeats what is known makes no block; one with a new port does")
    func repeatedProof() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        try await network.ping(0)
        #expect(await network.ledger.status.height == 2)
        network.clock.advance(by: .seconds(3_590))
        try await network.ping(0)
        #expect(network.events.all(.uptimeProof).count == 2)
        #expect(await network.ledger.status.height == 2)
        try await network.ping(0, httpsPort: 9)
        #expect(await network.ledger.status.height == 3)
    }

    @Test("A periodic ledger makes blocks by the clock only, with everything that waits")
    func periodic() async throws {
        let network = try await TestNetwork(nodes: 2, blockTime: .every(.seconds(2)))
        _ = try await subscribe(network, route: 1)
        try await network.register()
        for index in 0..<2 { try await network.ping(index) }
        #expect(await network.ledger.status.height == 0)
        try await running(network) {
            for count in 1...3 {
                await network.clock.untilSomeoneSleeps(dueBy: .seconds(2 * count))
                network.clock.advance(by: .seconds(2))
                await network.transport.untilPushed(count)
            }
        }
        let status = await network.ledger.status
        #expect(status.height == 3 && status.nodes.count == 2 && status.nodes.allSatisfy { $0.proof != nil })
    }

    @Test("A node whose ping still counts proves itself again by the clock, without another ping")
    func clockDrivenProof() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        try await network.ping(0)
        network.clock.advance(by: .seconds(1_000))
        try await network.ping(0)
        network.clock.advance(by: .seconds(2_590))
        _ = try await subscribe(network, route: 1)
        try await running(network) {
            await network.clock.untilSomeoneSleeps(dueBy: .seconds(3_620))
            network.clock.advance(by: .seconds(30))
            await network.clock.untilSomeoneSleeps(dueBy: .seconds(3_650))
        }
        #expect(network.events.all(.uptimeProof).count == 2)
    }

    @Test("Events tell what a block did, with the fields their kinds document")
    func events() async throws {
        let network = try await TestNetwork(nodes: 12)
        try await network.register()
        try await network.ping(0)
        let status = await network.ledger.status
        #expect(network.events.events.allSatisfy { $0.source == "ledger" })
        #expect(
            network.events.all(.nodeRegistered).map { $0.fields["node"]?.asString }
                == network.nodes.map(\.legacy.publicKey.hex))
        #expect(network.events.all(.nodeRegistered)[0].fields["stake"] == 18_550_000_000_000)
        #expect(
            network.events.all(.block).map(\.fields) == [
                [
                    "height": 1, "hash": .string(status.topHash.hex), "registrations": 12, "active": 12,
                    "initial": 223_600_000_000_000, "minted": 0, "free": 1_000_000_000_000,
                    "staked": 222_600_000_000_000, "locked": 0, "burnt": 0,
                ]
            ])
        #expect(network.events.all(.nodeActivated).count == 12)
        let swarms = status.swarms.map { ($0.hex, JSON.array($1.map { .string($0.hex) })) }
        let expected: [String: JSON] = ["height": 1, "swarms": .object(Dictionary(uniqueKeysWithValues: swarms))]
        #expect(network.events.all(.swarmsAssigned).map(\.fields) == [expected])
        #expect(
            network.events.all(.uptimeProof).map(\.fields) == [
                ["node": .string(network.nodes[0].legacy.publicKey.hex), "height": 1]
            ])
    }
}
