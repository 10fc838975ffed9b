import Ledger
import NodeRuntime
import Orchestrator
import SessionProtocol
import Testing
import TimeLimits
import Verdicts

extension ExecutableTests {
    /// The life of a stake, in every mode.
    @Suite("The life of a stake", .workLimit(minutes: 3)) struct LedgerLifeCycle {
        private func settings(
            _ mode: Topology.Mode, in folder: String, _ change: (inout Topology) -> Void = { _ in }
        ) throws -> NetworkSettings {
            try runSettings(mode, seed: 31, in: folder) {
                // What quorums make of a forced change is another test's.
                $0.ledger.testing.isEnabled = false
                change(&$0)
            }
        }

        /// Swarms in bounds, no coin lost, and rewards in queue order, from the run's first block to its last.
        private func expectLedgerRules(_ settings: NetworkSettings) throws {
            let judgement = Judgement(
                of: try History(contentsOf: settings.directory.events), by: Judgement.ledgerChecks)
            #expect(judgement.verdict == .holds, "\(judgement.violations)")
        }

        private func ready(_ testnet: Testnet) async throws {
            try await testnet.start()
            try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
        }

        @Test(
            "A node registers, joins, is set aside, comes back, asks for its stake and leaves with it",
            arguments: Topology.Mode.allCases)
        func inGoodOrder(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                let settings = try settings(mode, in: folder)
                try await Testnet.run(settings) { testnet in
                    try await ready(testnet)
                    #expect(try await testnet.addNodes(count: 1) == ["n13"])
                    try await testnet.waitUntilSettled()
                    let joined = try #require(try await testnet.entry(of: "n13"))
                    #expect(joined.isActive && joined.swarm != .unassigned)

                    try await testnet.decommission(["n13"])
                    try await testnet.waitUntilSettled()
                    let aside = try #require(try await testnet.entry(of: "n13"))
                    #expect(aside.isDecommissioned && aside.swarm == .unassigned)

                    try await testnet.recommission(["n13"])
                    #expect(try await testnet.entry(of: "n13")?.isActive == true)

                    let before = await testnet.ledgerHeight
                    try await testnet.removeNodes(["n13"])
                    #expect(try await testnet.entry(of: "n13") == nil)
                    #expect(await testnet.ledgerHeight >= before + 10_800)
                    #expect(await testnet.names.count == 12)
                    let wallet = try #require(await testnet.wallets().first { $0.name == "operator of n13" })
                    #expect(wallet.balance.free >= .coins(18_550) && wallet.balance.staked == .zero)
                    let status = await testnet.ledgerStatus()
                    #expect(status.totals.isBalanced && status.failure == nil)
                    #expect(status.nodes.count == 12 && status.nodes.allSatisfy(\.isActive))
                    try await testnet.waitUntilSettled()
                }
                try expectLedgerRules(settings)
            }
        }

        @Test(
            "A node that leaves waits for a dead one no longer than that one's patience, and is not given up meanwhile")
        func besideTheDead() async throws {
            try await withRunFolder { folder in
                let settings = try settings(.simulated, in: folder) {
                    $0.nodes = .count(5)
                    // Leaving takes two blocks in place of 15 days.
                    $0.ledger.blocks.unlock = 1
                }
                try await Testnet.run(settings) { testnet in
                    try await ready(testnet)
                    try await testnet.deliverCanary()
                    try await testnet.act(.kill, on: ["n2"])
                    try await testnet.removeNodes(["n1"], timeout: .seconds(60))
                    #expect(await testnet.names == ["n2", "n3", "n4", "n5"])
                    try await testnet.act(.restart, on: ["n2"])
                    try await testnet.waitUntilSettled()
                }
                let log = try settings.directory.events(.recordsErased)
                #expect(!log.isEmpty)
            }
        }

        @Test(
            "A node that is thrown out has its stake locked for 30 days, and the same name can come back with another",
            arguments: Topology.Mode.allCases)
        func thrownOut(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                let settings = try settings(mode, in: folder)
                try await Testnet.run(settings) { testnet in
                    try await ready(testnet)
                    try await testnet.deregister(["n5"])
                    #expect(try await testnet.entry(of: "n5") == nil)
                    func held() async throws -> WalletBalance {
                        try #require(await testnet.wallets().first { $0.name == "operator of n5" }).balance
                    }
                    #expect(try await held().locked == .coins(18_550))
                    try await testnet.advance(days: 29)
                    #expect(try await held().locked == .coins(18_550))
                    try await testnet.advance(days: 1)
                    let free = try await held()
                    #expect(free.locked == .zero && free.free >= .coins(18_550))

                    try await testnet.register("n5")
                    try await testnet.waitUntilSettled()
                    #expect(try await testnet.entry(of: "n5")?.isActive == true)
                    #expect(await testnet.ledgerStatus().totals.isBalanced)
                }
                try expectLedgerRules(settings)
            }
        }

        @Test(
            "A ledger that is started again goes on from its last block, and nodes and clients go on with it",
            arguments: Topology.Mode.allCases)
        func restart(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                try await Testnet.run(settings(mode, in: folder)) { testnet in
                    try await ready(testnet)
                    let before = await testnet.ledgerStatus()
                    let url = await testnet.status().ledger.rpcURL
                    try await testnet.restartLedger()
                    let after = await testnet.ledgerStatus()
                    #expect(after.height == before.height && after.topHash == before.topHash)
                    #expect(after.nodes.map(\.entry) == before.nodes.map(\.entry))
                    #expect(await testnet.status().ledger.rpcURL == url)

                    try await testnet.addNodes(["late"])
                    try await testnet.waitUntilSettled(timeout: .seconds(120))
                    #expect(try await testnet.entry(of: "late")?.isActive == true)
                    try await testnet.deliverCanary()
                }
            }
        }

        @Test(
            "Skipped time judges who runs: a dead node is set aside, is taken back when it runs again, and else thrown out",
            arguments: Topology.Mode.allCases)
        func judgedWhileTimeIsSkipped(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                let settings = try settings(mode, in: folder) { $0.ledger.testing.isEnabled = true }
                try await Testnet.run(settings) { testnet in
                    try await ready(testnet)
                    try await testnet.act(.kill, on: ["n3"])
                    try await testnet.advance(blocks: 60)
                    #expect(try await testnet.entry(of: "n3")?.isDecommissioned == true)
                    try await testnet.act(.restart, on: ["n3"])
                    try await testnet.waitUntilSettled()
                    try await testnet.advance(blocks: 60)
                    #expect(try await testnet.entry(of: "n3")?.isActive == true)
                    #expect(try await testnet.entry(of: "n3")?.swarm != .unassigned)

                    try await testnet.act(.kill, on: ["n3"])
                    try await testnet.advance(days: 1)
                    #expect(try await testnet.entry(of: "n3") == nil)
                    let status = await testnet.ledgerStatus()
                    #expect(status.totals.locked == .coins(18_550) && status.totals.isBalanced)
                    #expect(status.nodes.count == 11 && status.nodes.allSatisfy(\.isActive))
                }
            }
        }

        @Test("A simulated network's clocks follow its ledger, and those of a real one stay")
        func clocks() async throws {
            try await withRunFolder { folder in
                for mode in [Topology.Mode.simulated, .inProcess] {
                    try await Testnet.run(settings(mode, in: folder)) { testnet in
                        try await ready(testnet)
                        let (wall, uptime) = (testnet.clock.wallMilliseconds, testnet.clock.uptime)
                        let report = try await testnet.advance(days: 2)
                        #expect(report.blocks == 1_440 && report.passed == .seconds(2 * 86_400))
                        let passed = testnet.clock.wallMilliseconds - wall
                        #expect((passed >= 2 * 86_400_000) == (mode == .simulated), "\(mode)")
                        #expect(testnet.clock.uptime - uptime < .seconds(3_600))
                        #expect(await testnet.ledgerStatus().topTimestamp >= wall / 1_000 + 2 * 86_400)
                    }
                }
            }
        }
    }
}
