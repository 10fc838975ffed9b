import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Whom a node tests when, without clock and network (storage-node §9.1).
struct PeerTestPlanTests {
    private static let keys = (1...40).map { NodeKeys(networkSeed: 7, name: "sn\($0)") }
    private let own = keys[0].legacy.publicKey

    private func membership(_ nodes: [ListedNode]) throws -> Membership {
        Membership(NetworkView(try NodeTable(parsing: ledgerTable(nodes))), own: own)
    }

    private func nodes(_ indices: Range<Int>) -> [ListedNode] { indices.map { ListedNode(Self.keys[$0]) } }

    /// A plan that is past its first interval, at 10 s, with the next general test at 20 s.
    private func startedPlan(_ membership: Membership, _ randomness: any Randomness = EvenRandomness()) -> TestPlan {
        var plan = TestPlan(own: own, times: .standard, now: .zero, randomness: EvenRandomness())
        let early = plan.takeDue(at: .seconds(10), in: membership, randomness: randomness)
        #expect(early.isEmpty)
        return plan
    }

    @Test("A normal variate has the mean and deviation that were asked for, is bounded, and never negative")
    func normal() {
        let chance = SeededRandomness(seed: 5)
        let draws = (0..<20_000).map { _ in chance.normal(mean: .seconds(100), deviation: .seconds(3)) / .seconds(1) }
        let mean = draws.reduce(0, +) / 20_000
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        #expect(abs(mean - 100) < 0.1)
        #expect(abs(variance.squareRoot() - 3) < 0.1)
        // Of a normal law, 4.55 % lie beyond two deviations.
        #expect(abs(Double(draws.count { abs($0 - 100) > 6 }) / 20_000 - 0.0455) < 0.01)
        func drawing(_ number: UInt64) -> Duration {
            EvenRandomness(number: number).normal(mean: .seconds(10), deviation: .seconds(3))
        }
        #expect(drawing(0x7fff_8000_7fff_8000) == .seconds(10))
        #expect(drawing(0) == .zero)
        #expect(drawing(.max) < .seconds(28))
        #expect(drawing(.max) > .milliseconds(27_990))
    }

    @Test("Every node of the network is tested once a round, each round in another order")
    func rounds() throws {
        let membership = try membership(nodes(0..<40))
        let chance = SeededRandomness(seed: 1)
        var plan = startedPlan(membership, chance)
        var rounds: [[LegacyPublicKey]] = []
        var now = Duration.seconds(10)
        for _ in 0..<3 {
            var round: [LegacyPublicKey] = []
            while round.count < 39 {
                now = max(now, plan.nextDue)
                round += plan.takeDue(at: now, in: membership, randomness: chance).map(\.legacy)
            }
            rounds.append(round)
        }
        let everyoneElse = Self.keys[1...].map(\.legacy.publicKey).sorted()
        for round in rounds { #expect(round.sorted() == everyoneElse) }
        #expect(Set(rounds).count == 3)
        #expect(!rounds.contains(everyoneElse))
    }

    @Test("The queue leaves out this node and nodes without an address, and takes decommissioned ones and other swarms")
    func subjects() throws {
        var listed = nodes(0..<6)
        listed[1].ip = "0.0.0.0"
        listed[2].swarm = ListedNode.decommissioned
        listed[3].swarm = 0x99
        listed[4].funded = false
        let membership = try membership(listed)
        var plan = startedPlan(membership)
        var seen: [LegacyPublicKey] = []
        for second in [20, 30, 40] {
            seen += plan.takeDue(at: .seconds(second), in: membership, randomness: EvenRandomness()).map(\.legacy)
        }
        #expect(Set(seen) == Set([2, 3, 5].map { Self.keys[$0].legacy.publicKey }))
        let alone = try self.membership(nodes(0..<1))
        let nobody = plan.takeDue(at: .seconds(50), in: alone, randomness: EvenRandomness())
        #expect(nobody.isEmpty)
    }

    @Test("A node that joins in the middle of a round is tested in it or in the next, and one that left is not")
    func changingNetwork() throws {
        let before = try membership(nodes(0..<10))
        let after = try membership([ListedNode(Self.keys[0])] + nodes(5..<12))
        let chance = SeededRandomness(seed: 3)
        var plan = startedPlan(before, chance)
        func take(_ membership: Membership, _ count: Int) -> [LegacyPublicKey] {
            (0..<count).flatMap { _ in
                plan.takeDue(at: plan.nextDue, in: membership, randomness: chance).map(\.legacy)
            }
        }
        let early = take(before, 4)
        #expect(Set(early).count == 4)
        let late = take(after, 14)
        let listed = Set((5..<12).map { Self.keys[$0].legacy.publicKey })
        #expect(Set(late) == listed)
    }

    @Test("A failing node is tested again after ten seconds for each earlier failure and ten more, at most two minutes")
    func retestTimes() throws {
        let membership = try membership(nodes(0..<2))
        let peer = Self.keys[1].legacy.publicKey
        var plan = startedPlan(membership)
        var now = Duration.seconds(1000)
        var delays: [Int] = []
        var news: [Bool] = []
        for _ in 0..<14 {
            news.append(plan.failed(peer, at: now, randomness: EvenRandomness()))
            #expect(plan.failed(peer, at: now, randomness: EvenRandomness()) == false, "one retest waits already")
            let due = try #require(plan.failing.nextDue)
            delays.append(Int(due.components.seconds - now.components.seconds))
            let tooEarly = plan.takeDue(at: due - .milliseconds(1), in: membership, randomness: EvenRandomness())
            #expect(tooEarly.isEmpty, "neither a retest nor a general test of a failing node")
            let retests = plan.takeDue(at: due, in: membership, randomness: EvenRandomness())
            #expect(retests.map(\.legacy) == [peer])
            now = due + .seconds(5)
        }
        #expect(delays == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 120, 120])
        #expect(news == [true] + Array(repeating: false, count: 13))
        #expect([plan.passed(peer), plan.passed(peer)] == [true, false])
        #expect(plan.failed(peer, at: now, randomness: EvenRandomness()) == true)
        #expect(plan.failing.nextDue == now + .seconds(10), "the count starts again")
    }

    @Test("The wait for a retest varies with chance, within the two minutes")
    func retestChance() throws {
        let peer = Self.keys[1].legacy.publicKey
        for (number, expected) in [(0, Duration.zero), (UInt64.max, .milliseconds(27_999))] as [(UInt64, Duration)] {
            var plan = TestPlan(own: own, times: .standard, now: .zero, randomness: EvenRandomness())
            _ = plan.failed(peer, at: .zero, randomness: EvenRandomness(number: number))
            #expect(try abs(#require(plan.failing.nextDue) / .seconds(1) - expected / .seconds(1)) < 0.001)
        }
    }

    @Test("At most four retests start together, the others a fifth of a second later, first failed first")
    func burst() throws {
        let membership = try membership(nodes(0..<12))
        var plan = startedPlan(membership)
        let failing = Self.keys[1...10].map(\.legacy.publicKey)
        for peer in failing { _ = plan.failed(peer, at: .seconds(5), randomness: EvenRandomness()) }
        var starts: [(Duration, [LegacyPublicKey])] = []
        for _ in 0..<3 {
            let due = max(plan.nextDue, .seconds(15))
            starts.append((due, plan.takeDue(at: due, in: membership, randomness: EvenRandomness()).map(\.legacy)))
        }
        #expect(starts.map(\.0) == [.seconds(15), .milliseconds(15_200), .milliseconds(15_400)])
        #expect(starts.map(\.1) == [Array(failing[..<4]), Array(failing[4..<8]), Array(failing[8...])])
    }

    @Test("A failing node that is no longer listed is forgotten; one without an address waits without a test")
    func lostSubjects() throws {
        let both = try membership(nodes(0..<3))
        var hidden = nodes(0..<2)
        hidden[1].ip = "0.0.0.0"
        var plan = startedPlan(both)
        for index in 1...2 {
            _ = plan.failed(Self.keys[index].legacy.publicKey, at: .seconds(5), randomness: EvenRandomness())
        }
        let now = try membership(hidden)
        let tested = plan.takeDue(at: .seconds(15), in: now, randomness: EvenRandomness())
        #expect(tested.isEmpty)
        #expect(!plan.failing.contains(Self.keys[2].legacy.publicKey))
        #expect(plan.failing.contains(Self.keys[1].legacy.publicKey))
        #expect(plan.failing.failures(of: Self.keys[1].legacy.publicKey) == 1)
        #expect(plan.failing.nextDue == .seconds(35))
    }

    @Test("Nothing is tested while unstaked or decommissioned, nor in the first interval after that")
    func standing() throws {
        let active = try membership(nodes(0..<2))
        var out = nodes(0..<2)
        out[0].swarm = ListedNode.decommissioned
        let decommissioned = try membership(out)
        let unstaked = try membership(nodes(1..<2))
        var plan = TestPlan(own: own, times: .standard, now: .zero, randomness: EvenRandomness())
        func take(_ second: Int, _ membership: Membership?) -> Int {
            plan.takeDue(at: .seconds(second), in: membership, randomness: EvenRandomness()).count
        }
        #expect([take(10, nil), take(20, unstaked), take(30, decommissioned)] == [0, 0, 0])
        #expect(plan.nextDue == .seconds(40))
        #expect([take(40, active), take(50, active)] == [0, 1])
        _ = plan.failed(Self.keys[1].legacy.publicKey, at: .seconds(45), randomness: EvenRandomness())
        #expect(plan.nextDue == .seconds(55))
        #expect(take(55, decommissioned) == 0)
        #expect(plan.nextDue == .seconds(60), "a retest does not wake a node that may not test")
        #expect([take(60, active), take(61, active)] == [0, 1], "the retest is made up for")
    }

    @Test("A time scale shortens every interval alike")
    func scale() {
        let times = PeerTestingTimes(timeScale: 20)
        #expect(times.mean == .milliseconds(500))
        #expect(times.deviation == .milliseconds(150))
        #expect(times.retestStep == .milliseconds(500))
        #expect(times.longestRetest == .seconds(6))
        #expect(times.retestPause == .milliseconds(10))
        #expect(PeerTestingTimes() == .standard)
        #expect(PeerTestingTimes.standard.mean == .seconds(10))
        #expect(PeerTestingTimes.standard.isOn && !PeerTestingTimes.off.isOn)
    }
}
