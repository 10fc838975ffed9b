import Foundation
import Ledger
import NodeRuntime
import Orchestrator
import SessionProtocol
import Testing
import TimeLimits
import Verdicts

/// Nodes that test each other over the network, vote, and by their votes set each other aside.
@Suite("Testing by consensus on a whole network", .workLimit(minutes: 10)) struct ConsensusTests {
    private func settings(in folder: String, _ change: (inout Topology) -> Void = { _ in }) throws -> NetworkSettings {
        try runSettings(.simulated, seed: 20, in: folder) {
            $0.crypto = .modelled
            $0.ledger.blockTime = .preset
            change(&$0)
        }
    }

    /// Waits, a block at a time, until the ledger says so.
    private func wait(
        _ testnet: Testnet, atMost limit: Duration, until holds: (ServiceNodeEntry?) -> Bool, of node: String
    ) async throws {
        let end = testnet.clock.uptime + limit
        while !holds(try await testnet.entry(of: node)) {
            try #require(testnet.clock.uptime < end, "\(node) after \(limit)")
            try await testnet.clock.sleep(for: .seconds(120))
        }
    }

    @Test("A node joins, falls silent and is set aside by votes, comes back by votes, asks for its stake and leaves")
    func wholeLife() async throws {
        try await withRunFolder { folder in
            let settings = try settings(in: folder)
            let key = try await Testnet.run(settings) { testnet in
                try await testnet.start()
                try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(600))
                try await testnet.addNodes(["late"])
                try await wait(testnet, atMost: .seconds(600), until: { $0?.isActive == true }, of: "late")
                let key = try #require(try await testnet.entry(of: "late")).node.hex
                try await testnet.act(.kill, on: ["late"])
                try await wait(
                    testnet, atMost: .seconds(3 * 3_600), until: { $0?.isDecommissioned == true }, of: "late")
                #expect(try await testnet.entry(of: "late")?.swarm == .unassigned)
                try await testnet.act(.restart, on: ["late"])
                try await wait(testnet, atMost: .seconds(3_600), until: { $0?.isActive == true }, of: "late")
                #expect(try await testnet.entry(of: "late")?.swarm != .unassigned)
                let queue = await testnet.ledgerStatus().nodes.filter(\.isActive).map(\.entry.lastReward.height)
                #expect(try await testnet.entry(of: "late")?.lastReward.height ?? 0 >= (queue.max() ?? 0) - 1)
                try await testnet.removeNodes(["late"])
                #expect(try await testnet.entry(of: "late") == nil)
                try await testnet.waitUntilSettled()
                return key
            }
            let votes = try settings.directory.events(.voteCast)
            for change in ["decommission", "recommission"] {
                let agreed = votes.filter { $0["change"]?.asString == change && $0["node"]?.asString == key }
                let byQuorum = Dictionary(grouping: agreed) { $0["quorum"]?.asUnsigned }
                let voters = byQuorum.values.map { Set($0.compactMap { $0["validator"]?.asString }).count }
                #expect(voters.max() ?? 0 >= 7, "\(change): \(voters)")
            }
            #expect(votes.allSatisfy { $0["node"]?.asString == key }, "nobody else was found wanting")
            let judgement = Judgement(
                of: try History(contentsOf: settings.directory.events), by: Judgement.ledgerChecks)
            #expect(judgement.verdict == .holds, "\(judgement.violations)")
        }
    }

    @Test(
        "However fast the ledger's time goes, the proofs of live nodes never run out, and nobody votes",
        arguments: [10, 500])
    func haste(timeScale: Int) async throws {
        try await withRunFolder { folder in
            let settings = try settings(in: folder) { topology in
                topology.ledger.timeScale = timeScale
                topology.ledger.peerTesting = false
            }
            try await Testnet.run(settings) { testnet in
                try await testnet.start()
                // The usual 60 s and three blocks, the first of which may take 12 s.
                try await testnet.wait(for: .swarmsAgreed, timeout: settings.timeToBecomeReady(seconds: 60))
                // Over three times the reference's time from one ping to the next.
                try await testnet.clock.sleep(for: .seconds(100))
                let nodes = await testnet.ledgerStatus().nodes
                #expect(nodes.count == 12 && nodes.allSatisfy(\.isActive))
            }
            #expect(try settings.directory.events(.voteCast).isEmpty)
            var proved: [String: [Int64]] = [:]
            for line in try String(contentsOfFile: settings.directory.events, encoding: .utf8).split(separator: "\n") {
                guard let fact = try RecordedEvent(json: JSON(parsing: Bytes(line.utf8))),
                    fact.event.kind == .uptimeProof, let node = fact.event.fields["node"]?.asString
                else { continue }
                proved[node, default: []].append(fact.time)
            }
            #expect(proved.count == 12)
            let twoHours = Int64(7_200_000 / timeScale)
            for times in proved.values {
                let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
                #expect(gaps.allSatisfy { $0 <= twoHours }, "\(gaps) ms between proofs")
            }
        }
    }

    @Test("Whoever waits for the network to settle waits for a ledger that is being restarted, too")
    func restartWhileSettling() async throws {
        try await withRunFolder { folder in
            let settings = try settings(in: folder) { $0.ledger.blockTime = .auto }
            try await Testnet.run(settings) { testnet in
                try await testnet.start()
                try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                async let restarted: Void = testnet.restartLedger()
                await Task.yield()
                await #expect(throws: NetworkError.self, "it is closed by now") {
                    try await testnet.advance(blocks: 1)
                }
                try await testnet.waitUntilSettled()
                try await restarted
                let nodes = await testnet.ledgerStatus().nodes
                #expect(nodes.count == 12)
                #expect(nodes.allSatisfy { $0.proof != nil }, "the ledger forgot where some are")
            }
        }
    }

    @Test(
        "A node that stays away is thrown out by votes when its credit is used up, and its stake is locked for 30 days")
    func thrownOut() async throws {
        try await withRunFolder { folder in
            let settings = try settings(in: folder)
            try await Testnet.run(settings) { testnet in
                try await testnet.start()
                try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(600))
                try await testnet.act(.kill, on: ["n5"])
                try await wait(testnet, atMost: .seconds(3 * 3_600), until: { $0?.isDecommissioned == true }, of: "n5")
                let aside = testnet.clock.uptime
                try await wait(testnet, atMost: .seconds(6 * 3_600), until: { $0 == nil }, of: "n5")
                #expect(testnet.clock.uptime - aside >= .seconds(2 * 3_600), "two hours of credit were not used up")
                let locked = try #require(await testnet.wallets().first { $0.name == "operator of n5" }).balance.locked
                #expect(locked == .coins(18_550))
                try await testnet.advance(days: 30)
                let freed = try #require(await testnet.wallets().first { $0.name == "operator of n5" }).balance
                #expect(freed.locked == .zero && freed.free >= .coins(18_550))
            }
            let deregistered = try settings.directory.events(.nodeDeregistered)
            #expect(deregistered.count == 1 && deregistered[0]["forced"]?.asBool == false)
            let judgement = Judgement(
                of: try History(contentsOf: settings.directory.events), by: Judgement.ledgerChecks)
            #expect(judgement.verdict == .holds, "\(judgement.violations)")
        }
    }
}
