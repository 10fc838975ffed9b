import StakeEconomics
import Swarms
import Testing

@Suite struct AttackOddsTests {
    private func odds(
        _ attackers: Int, of nodes: Int = 60, policy: SwarmPolicy = .whitepaper, trials: Int = 60, paths: Int = 100,
        seed: UInt64 = 11
    ) throws -> AttackOdds {
        try AttackOdds.sample(
            AttackOdds.Setting(
                nodes: nodes, attackerNodes: attackers, policy: policy, trials: trials, pathsPerTrial: paths,
                joinsPerBlock: 15, seed: seed))
    }

    @Test("Sampled paths agree with the closed form", arguments: [6, 15, 30, 45])
    func closedForm(attackers: Int) throws {
        let odds = try odds(attackers, trials: 40, paths: 500)
        #expect(odds.path.trials == 20_000)
        #expect(odds.path.interval.contains(odds.exactPath), "\(odds.path.value) for \(odds.exactPath)")
        #expect(odds.path.interval.upperBound - odds.path.interval.lowerBound < 0.015)
    }

    @Test("The closed form is that of drawing without putting back")
    func withoutPuttingBack() {
        #expect(abs(AttackOdds.pathProbability(nodes: 5, attackerNodes: 3) - 0.1) < 1e-12)
        #expect(AttackOdds.pathProbability(nodes: 5, attackerNodes: 5) == 1)
        #expect(AttackOdds.pathProbability(nodes: 1_000, attackerNodes: 2) == 0)
    }

    @Test("A larger share never has worse odds with the same seed", arguments: SwarmPolicy.allCases)
    func monotonic(policy: SwarmPolicy) throws {
        let all = try stride(from: 0, through: 60, by: 6).map { try odds($0, policy: policy) }
        for kind in [\AttackOdds.someSwarm.hits, \.userSwarm.hits, \.path.hits] {
            let hits = all.map { $0[keyPath: kind] }
            #expect(zip(hits, hits.dropFirst()).allSatisfy { $0 <= $1 }, "\(hits)")
            #expect(hits.first == 0)
            #expect(Set(hits).count > 4, "\(hits)")
        }
        #expect(all.last?.someSwarm.value == 1)
        #expect(all.last?.userSwarm.value == 1)
        #expect(all.last?.path.value == 1)
    }

    @Test("A user's swarm is held no more often than some swarm is, and less often with a small share")
    func userAndSome() throws {
        for attackers in [10, 20, 30] {
            let odds = try odds(attackers)
            #expect(odds.userSwarm.hits <= odds.someSwarm.hits)
        }
        let small = try odds(15)
        #expect(small.userSwarm.hits < small.someSwarm.hits)
    }

    @Test("With every node in one swarm, a majority is more than half of it")
    func majority() throws {
        #expect(try odds(3, of: 6, policy: .oxen).someSwarm.value == 0)
        #expect(try odds(4, of: 6, policy: .oxen).someSwarm.value == 1)
        #expect(try odds(4, of: 7, policy: .oxen).userSwarm.value == 1)
        #expect(try odds(3, of: 7, policy: .oxen).userSwarm.value == 0)
    }

    @Test("The odds of a user's swarm are near those of drawing its seven members")
    func nearDrawing() throws {
        // Of 70 nodes 35 are the attacker's: with as many of either, an odd swarm is held as often as not.
        let odds = try odds(35, of: 70, policy: .oxen, trials: 400, paths: 1)
        #expect(odds.userSwarm.value > 0.38 && odds.userSwarm.value < 0.55, "\(odds.userSwarm.value)")
    }

    @Test(
        "The attacker's nodes hold swarms as often as any nodes would, however many join in a block",
        arguments: [5, 70])
    func randomOrder(joinsPerBlock: Int) throws {
        // Drawn at random, 14 of 70 nodes hold a given swarm of seven with 2.6 %, so one of ten with about one in five.
        // The rules mix nodes well: how many came in one block makes no difference to that.
        let odds = try AttackOdds.sample(
            AttackOdds.Setting(
                nodes: 70, attackerNodes: 14, policy: .oxen, trials: 400, joinsPerBlock: joinsPerBlock, seed: 5))
        #expect(odds.someSwarm.value > 0.13 && odds.someSwarm.value < 0.25, "\(odds.someSwarm.value)")
    }

    @Test("The seed decides, and the policy does")
    func seeds() throws {
        #expect(try odds(18) == odds(18))
        #expect(try odds(18) != odds(18, seed: 12))
        #expect(try odds(18).someSwarm != odds(18, policy: .oxen).someSwarm)
    }

    @Test("A setting that makes no sense is named with its limits")
    func nonsense() {
        let changes: [(String, (inout AttackOdds.Setting) -> Void)] = [
            ("nodes", { $0.nodes = 2 }), ("attackerNodes", { $0.attackerNodes = 61 }), ("trials", { $0.trials = 0 }),
            ("pathsPerTrial", { $0.pathsPerTrial = 0 }), ("joinsPerBlock", { $0.joinsPerBlock = 0 }),
        ]
        for (name, change) in changes {
            var setting = AttackOdds.Setting(nodes: 60, attackerNodes: 1, policy: .oxen, trials: 1, seed: 1)
            change(&setting)
            let refusal = #expect(throws: AttackOddsRefusal.self) { _ = try AttackOdds.sample(setting) }
            #expect(refusal?.name == name)
        }
    }

    @Test(
        "Wilson's interval has its known bounds, and none beyond 0 and 1",
        arguments: [
            (0, 10, 0, 0.277_533), (10, 10, 0.722_467, 1), (5, 10, 0.236_593, 0.763_407),
            (1, 100, 0.001_767, 0.054_486),
        ])
    func wilson(hits: Int, trials: Int, lower: Double, upper: Double) {
        let interval = Estimate(hits: hits, trials: trials).interval
        #expect(abs(interval.lowerBound - lower) < 1e-6)
        #expect(abs(interval.upperBound - upper) < 1e-6)
    }
}
