import NodeRuntime
import Orchestrator
import SessionClient
import SessionCrypto
import SessionProtocol

/// One client under a load: begins at a moment of its own, then polls and writes at its intervals until time is up, and reads
/// its mailbox a last time when nobody writes any more.
struct ScriptedPerson: Sendable {
    private let index: Int
    private let run: LoadRun
    private let testnet: Testnet
    private let chance: SeededRandomness

    /// After the last message may have been sent, everyone waits so long before the last poll.
    private static let quiet = Duration.seconds(60)

    init(_ index: Int, run: LoadRun, testnet: Testnet) {
        self.index = index
        self.run = run
        self.testnet = testnet
        let digest = Digest.blake2b(Bytes("\(run.settings.seed) habits of client \(index)".utf8), length: 8)
        chance = SeededRandomness(seed: digest.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// - Parameter start: when the load begins, on the run's clock.
    /// - Throws: only when it is cancelled; a client that cannot start is counted as one that failed to do all it meant to.
    func live(from start: Duration) async throws -> LoadCounts {
        var counts = LoadCounts()
        let clock = testnet.clock
        let end = start + run.duration
        var polls = Habit(first: start + random(below: run.load.pollInterval), every: run.load.pollInterval)
        var messages = Habit(first: start + random(below: run.load.messageInterval), every: run.load.messageInterval)
        while max(min(polls.next, messages.next), clock.uptime) < end {
            try await clock.sleep(for: min(polls.next, messages.next) - clock.uptime)
            if polls.next <= messages.next {
                await poll(&counts)
                counts.latePolls += polls.moveOn(at: clock.uptime, until: end)
            } else {
                await write(&counts)
                counts.lateSends += messages.moveOn(at: clock.uptime, until: end)
            }
        }
        counts.latePolls += polls.skip(before: end)
        counts.lateSends += messages.skip(before: end)
        try await clock.sleep(for: end + Self.quiet + random(below: run.load.pollInterval) - clock.uptime)
        await poll(&counts)
        return counts
    }

    private func poll(_ counts: inout LoadCounts) async {
        counts.polls += 1
        do {
            counts.received += try await Delivery(events: testnet.events).poll(as: try await testnet.client(index))
        } catch {
            // The next poll reads what this one could not.
            counts.failedPolls += 1
        }
    }

    private func write(_ counts: inout LoadCounts) async {
        counts.sends += 1
        let clients = run.settings.topology.clients.count
        var source = RandomSource(chance)
        let recipient = (index + Int.random(in: 1..<clients, using: &source)) % clients
        let message = Delivery.Message(
            number: counts.sends * clients + index, data: chance.bytes(run.load.messageBytes),
            timeToLive: .seconds(14 * 86_400))
        let sent = await Delivery(events: testnet.events).send(message, from: index, to: recipient, on: testnet)
        if !sent { counts.failedSends += 1 }
    }

    private func random(below limit: Duration) -> Duration {
        var source = RandomSource(chance)
        return .milliseconds(Int64.random(in: 0..<Int64(limit / .milliseconds(1)), using: &source))
    }
}
