import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Synchronization
import Testing

@Suite("Onion paths")
struct PathTests {
    @Test("Starting proves a path of three distinct nodes with path_build at the third, and reports it")
    func pathBuild() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        try await fixture.client.start()
        let path = await fixture.path()
        #expect(Set(path).count == 3)
        #expect(fixture.network.asked("path_build") == [path[2]])
        let event = try #require(fixture.events.events.first)
        #expect(fixture.events.events.count == 1)
        #expect(event.kind == .pathBuilt)
        #expect(event.source == "client:c1")
        #expect(event.fields["client"] == "c1")
        #expect(event.fields["account"] == .string(fixture.client.identity.account.hex))
        #expect(event.fields["proof"] == "path_build")
        #expect(event.fields["milliseconds"]?.asInteger != nil)
        let keys = path.map { JSON.string(fixture.network.nodes[$0].keys.ed25519.publicKey.hex) }
        #expect(event.fields["hops"] == .array(keys))
    }

    @Test("Where path_build is unknown, info proves the path")
    func infoProves() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        fixture.network.change { $0.knowsPathBuild = false }
        try await fixture.client.start()
        let path = await fixture.path()
        #expect(fixture.network.asked("info") == [path[2]])
        #expect(fixture.events.events.first?.fields["proof"] == "info")
    }

    @Test(
        "Each hop learns only the next, sees a key of its own, and the destination is a fourth node off the path",
        arguments: OnionCipher.allCases)
    func whatHopsSee(cipher: OnionCipher) async throws {
        for chance in 1...8 as ClosedRange<UInt64> {
            let fixture = try ClientFixture(FakeNetwork(), cipher: cipher, chance: chance)
            try await fixture.client.start()
            fixture.network.change { $0.sightings = [] }
            _ = try await fixture.client.store([1, 2, 3], for: fixture.account, ttl: .seconds(60))
            let path = await fixture.path()
            let seen = fixture.network.sightings
            #expect(seen.count.isMultiple(of: 4))
            for start in stride(from: 0, to: seen.count, by: 4) {
                let onion = Array(seen[start..<start + 4])
                #expect(Array(onion.map(\.node).prefix(3)) == path)
                #expect(!path.contains(onion[3].node))
                #expect(onion.map(\.next) == [path[1], path[2], onion[3].node, nil])
                #expect(onion.map(\.hopNumber) == [0, 1, 2, 3])
                #expect(onion.allSatisfy { $0.cipher == cipher })
            }
            #expect(Set(seen.map(\.ephemeralKey)).count == seen.count, "a key served two layers")
            #expect(fixture.network.swarm.contains(try #require(seen.last).node))
        }
    }

    @Test("Dead guards at the start lead to a path without them")
    func deadGuards() async throws {
        for chance in 1...10 as ClosedRange<UInt64> {
            let fixture = try ClientFixture(FakeNetwork(), chance: chance)
            fixture.network.change { $0.dead = [0, 1] }
            try await fixture.client.start()
            #expect(Set(await fixture.path()).isDisjoint(with: [0, 1]))
        }
    }

    @Test(
        "When any node of the path dies or falls silent, the next request takes a path without it", arguments: 0..<3,
        [true, false])
    func pathNodeLost(position: Int, dies: Bool) async throws {
        let fixture = try ClientFixture(FakeNetwork())
        try await fixture.client.start()
        let lost = await fixture.path()[position]
        fixture.network.change { if dies { $0.dead = [lost] } else { $0.silent = [lost] } }
        _ = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        #expect(!(await fixture.path()).contains(lost))
        #expect(fixture.events.events.count == 2)
    }

    @Test("A dead destination leads to another member over the same path")
    func destinationLost() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        fixture.network.change { $0.swarm = [3, 4, 5, 6] }
        try await fixture.client.start()
        _ = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        let path = await fixture.path()
        let members = fixture.network.swarm.filter { !path.contains($0) }
        try #require(members.count >= 2)
        fixture.network.change { state in state.dead = Set(members.dropLast()) }
        for _ in 0..<4 {
            let result = try await fixture.client.store([2], for: fixture.account, ttl: .seconds(60))
            let entry = try #require(members.last)
            #expect(result.entry == fixture.network.nodes[entry].keys.ed25519.publicKey)
        }
        #expect(await fixture.path() == path)
    }

    @Test("A swarm that lies wholly on the path is reached over another path")
    func swarmOnPath() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        try await fixture.client.start()
        let path = await fixture.path()
        fixture.network.change { $0.swarm = [path[1]] }
        let result = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        #expect(result.entry == fixture.network.nodes[path[1]].keys.ed25519.publicKey)
        #expect(!(await fixture.path()).contains(path[1]))
    }

    @Test("When every node it knew has left, the client asks the seed who is there now, and goes on with them")
    func everybodyLeft() async throws {
        let network = FakeNetwork(count: 12)
        let listed = { (nodes: Range<Int>) in FakeNetwork.listReply(network.nodes[nodes].map(FakeNetwork.listing)) }
        network.change { $0.seedReply = listed(0..<6) }
        let fixture = try ClientFixture(network)
        try await fixture.client.start()
        network.change {
            $0.dead = Set(0..<6)
            $0.swarm = [7, 8, 9, 10, 11]
            $0.seedReply = listed(6..<12)
        }
        _ = try await fixture.client.store([1], for: fixture.account, ttl: .seconds(60))
        #expect(await fixture.path().allSatisfy { $0 >= 6 })
        #expect(network.state.withLock { $0.seedRequests.count } == 2)
    }

    @Test("When no path can be built the error names the guard and what it said, and tries are bounded")
    func noPath() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        fixture.network.change { $0.dead = Set(0..<8) }
        let error = await #expect(throws: ClientError.self) { try await fixture.client.start() }
        guard case .pathNotBuilt(let attempts, let last) = error else {
            Issue.record("not a path error: \(String(describing: error))")
            return
        }
        #expect(attempts == 5)
        guard case .guardUnreachable = last.cause else {
            Issue.record("unexpected cause \(last.cause)")
            return
        }
        #expect("\(last)".contains(try #require(last.route.first).hex))
        #expect("\(last)".contains("connection refused"))
    }

    @Test("A status handed back in clear stands in the error with its text, and names a missing hop")
    func failureTexts() throws {
        let keys = FakeNetwork().nodes.map(\.keys.ed25519.publicKey)
        let failure = RouteFailure(
            route: Array(keys.prefix(4)), url: "https://g", cause: .status(504, text: "Request time out"))
        #expect("\(failure)".contains("504 Request time out"))
        #expect("\(failure)".contains(keys[0].hex))
        let missing = RouteFailure(route: Array(keys.prefix(4)), url: "https://g", cause: .nodeNotFound(keys[2]))
        #expect("\(missing)".contains(keys[2].hex))
    }

    @Test("A listed node that the hop before it does not know is left out of the next path")
    func unknownHop() async throws {
        for chance in 1...6 as ClosedRange<UInt64> {
            let network = FakeNetwork()
            var ghost = FakeNetwork.listing(FakeNetwork(count: 9).nodes[8]).asObject ?? [:]
            ghost["public_ip"] = "127.0.1.1"
            network.change {
                $0.seedReply = FakeNetwork.listReply(network.nodes.map(FakeNetwork.listing) + [.object(ghost)])
            }
            let fixture = try ClientFixture(network, chance: chance)
            try await fixture.client.start()
            #expect(await fixture.path().count == 3)
        }
    }

    @Test("Calls made at once while there is no path share the building of one")
    func sharedBuild() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        try await fixture.client.start()
        let lost = await fixture.path()[0]
        fixture.network.change { $0.dead = [lost] }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10 as Range<UInt8> {
                group.addTask {
                    _ = try await fixture.client.store([number], for: fixture.account, ttl: .seconds(60))
                }
            }
            try await group.waitForAll()
        }
        #expect(fixture.events.events.map(\.kind) == [.pathBuilt, .pathBuilt])
        #expect(!(await fixture.path()).contains(lost))
    }
}
