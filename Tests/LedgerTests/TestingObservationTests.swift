import SessionProtocol
import Testing

@testable import Ledger

@Suite struct TestingObservationTests {
    private static let timing = ProofTiming()

    @Test("A proof counts for 125 minutes when proofs are an hour apart, and a peer may be away for 65")
    func ratios() {
        #expect(Self.timing.validity == .seconds(125 * 60))
        #expect(Self.timing.unreachableGrace == .seconds(65 * 60))
        #expect(ProofTiming(frequency: .seconds(60)).validity == .seconds(125))
    }

    @Test(
        "A node is up while its last proof, or its last new start, is no older than V",
        arguments: [
            (proved: nil, effective: nil, passes: false),
            (2_500, nil, true), (2_499, nil, false), (nil, 2_500, true), (nil, 2_499, false),
            (0, 9_000, true), (9_000, 0, true), (0, 0, false),
        ] as [(proved: Int?, effective: Int?, passes: Bool)])
    func uptime(proved: Int?, effective: Int?, passes: Bool) {
        let verdict = UptimeVerdict(
            provedAt: proved.map { .seconds($0) }, effectiveAt: effective.map { .seconds($0) })
        #expect(verdict.passes(at: .seconds(10_000), validity: Self.timing.validity) == passes)
    }

    /// Seconds, at 10,000; failures are news for 300.
    @Test(
        "A peer is out of reach when the last word says so and is fresh",
        arguments: [
            (ok: nil, firstBad: nil, lastBad: nil, expected: .unknown),
            (10, nil, nil, .good),
            (9_900, nil, 9_900, .good),
            (9_900, 9_950, 9_950, .bad(since: .seconds(9_950))),
            (1, 5_000, 9_701, .bad(since: .seconds(5_000))),
            (1, 5_000, 9_700, .unknown),
            (nil, 5_000, 9_999, .bad(since: .seconds(5_000))),
        ] as [(ok: Int?, firstBad: Int?, lastBad: Int?, expected: Reachability)])
    func reachability(ok: Int?, firstBad: Int?, lastBad: Int?, expected: Reachability) {
        let record = PeerReports.Record(
            lastOK: ok.map { .seconds($0) }, firstBad: firstBad.map { .seconds($0) },
            lastBad: lastBad.map { .seconds($0) })
        #expect(Reachability(record, at: .seconds(10_000), staleAfter: .seconds(300)) == expected)
    }

    @Test("Nobody said anything of a peer: it passes")
    func unheardOf() {
        let reachability = Reachability(nil, at: .zero, staleAfter: .seconds(300))
        #expect(reachability == .unknown)
        #expect(reachability.passes(at: .zero, grace: .zero))
    }

    @Test(
        "A peer fails only after 65 minutes of failures without a success between",
        arguments: [(since: 6_101, passes: true), (6_100, false), (0, false)] as [(since: Int, passes: Bool)])
    func grace(since: Int, passes: Bool) {
        let reachability = Reachability.bad(since: .seconds(since))
        #expect(reachability.passes(at: .seconds(10_000), grace: Self.timing.unreachableGrace) == passes)
    }

    @Test("Reasons have the bits and short codes of the daemon")
    func reasons() {
        let codes = ["uptime", "checkpoints", "pulse", "storage", "timecheck", "timesync", "lokinet", "l2"]
        for (bit, code) in codes.enumerated() {
            let failure = TestFailures(rawValue: 1 << UInt16(bit))
            #expect(failure.codes == [code])
            #expect(TestFailures(code: code) == failure)
        }
        #expect(TestFailures(rawValue: 0x109).codes == ["uptime", "storage"])
        #expect(TestFailures(code: "weather") == nil)
    }

    private static func memory(_ sightings: [(host: UInt8, at: Int64)]) -> AddressMemory {
        var memory = AddressMemory()
        for sighting in sightings { memory.see(IPv4Address(127, 0, 0, sighting.host), at: sighting.at) }
        return memory
    }

    @Test("A third address takes the place of the one not seen for longer; a known one is seen again")
    func slots() {
        let memory = Self.memory([(1, 10), (2, 20), (1, 30), (3, 40)])
        #expect(memory.sightings.map(\.address) == [IPv4Address(127, 0, 0, 1), IPv4Address(127, 0, 0, 3)])
        #expect(memory.sightings.map(\.lastSeen) == [30, 40])
    }

    /// Hours; the window is 24 and the buffer 2. The last change was at `change`.
    @Test(
        "Two addresses seen within a day are one too many, unless a penalty lies less than two hours before one of them",
        arguments: [
            (first: 99, second: 100, change: 0, hasMoved: true),
            (77, 100, 0, true), (76, 100, 0, false), (75, 100, 0, false),
            (99, 100, 96, true), (99, 100, 97, false), (98, 100, 97, false),
        ] as [(first: Int64, second: Int64, change: Int64, hasMoved: Bool)])
    func moved(first: Int64, second: Int64, change: Int64, hasMoved: Bool) {
        let memory = Self.memory([(1, first * 3_600), (2, second * 3_600)])
        let rules = TestingRules()
        let outcome = memory.hasMoved(
            at: 100 * 3_600, lastChange: change * 3_600, window: rules.ipChangeWindow, buffer: rules.ipChangeBuffer)
        #expect(outcome == hasMoved)
    }

    @Test("One address is never too many")
    func oneAddress() {
        let memory = Self.memory([(1, 10), (1, 20)])
        #expect(!memory.hasMoved(at: 20, lastChange: 0, window: .seconds(100), buffer: .zero))
    }
}
