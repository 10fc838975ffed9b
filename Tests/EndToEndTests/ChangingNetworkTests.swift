import NodeRuntime
import Orchestrator
import SessionProtocol
import Testing
import TimeLimits
import Verdicts

/// A network that grows from 5 nodes to 300 and shrinks back to 5, with a message for each change.
@Suite("A network that grows and shrinks", .workLimit(minutes: 20)) struct ChangingNetworkTests {
    /// How many nodes come or go at a time.
    enum Pace: String, CaseIterable {
        case oneByOne
        case inBulk
    }

    private static let smallest = 5
    private static let largest = 300
    private static let people = 100

    private func settings(_ policy: Topology.SwarmRules, _ pace: Pace, in folder: String) throws -> NetworkSettings {
        try runSettings(.simulated, seed: 300, name: pace.rawValue, in: folder) {
            $0.crypto = .modelled
            $0.nodes = .count(Self.smallest)
            $0.clients.count = Self.people
            $0.ledger.swarmPolicy = policy
            // Leaving takes two blocks in place of 15 days.
            $0.ledger.blocks.unlock = 1
        }
    }

    @Test(
        "No acknowledged message is lost, swarms stay within bounds after every block, and each node ends with its swarm's",
        arguments: Topology.SwarmRules.allCases, Pace.allCases)
    func growsAndShrinks(policy: Topology.SwarmRules, pace: Pace) async throws {
        try await withRunFolder { folder in
            let settings = try settings(policy, pace, in: folder)
            let (sent, blocks) = try await Testnet.run(settings) { testnet in
                try await testnet.start()
                try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                var change = Change(testnet, pace, seed: settings.seed)
                while await testnet.names.count < Self.largest { try await change.grow(to: Self.largest) }
                while await testnet.names.count > Self.smallest { try await change.shrink(to: Self.smallest) }
                try await testnet.waitUntilSettled()
                await testnet.takeInventory()
                return (change.sent, await testnet.ledgerHeight)
            }
            let history = try History(contentsOf: settings.directory.events)
            let report = VerificationReport(
                of: history,
                checks: [EveryMemberHoldsEveryMessage(), NoForeignCopies(), EveryNodeWasAsked(), LogIsReadable()]
                    + Judgement.ledgerChecks)
            #expect(report.verdict == .holds, "\(report.text)")
            #expect(report.messages.fullyReplicated == sent)
            #expect(sent >= Int(blocks) - 3, "a message for each of \(blocks) blocks, and not \(sent)")
        }
    }

    /// Changes a network a step at a time, and has somebody write at each.
    private struct Change {
        let testnet: Testnet
        let pace: Pace
        var chance: SplitMix64
        private(set) var sent = 0
        private var height: UInt64 = 0

        init(_ testnet: Testnet, _ pace: Pace, seed: UInt64) {
            self.testnet = testnet
            self.pace = pace
            chance = SplitMix64(state: seed)
        }

        private mutating func step(atMost room: Int) -> Int {
            pace == .oneByOne ? 1 : min(room, Int.random(in: 1...25, using: &chance))
        }

        mutating func grow(to count: Int) async throws {
            try await testnet.addNodes(count: step(atMost: count - testnet.names.count))
            try await write()
        }

        mutating func shrink(to count: Int) async throws {
            let leaving = await testnet.names.shuffled(using: &chance)
                .prefix(step(atMost: testnet.names.count - count))
            try await testnet.removeNodes(Array(leaving))
            try await write()
        }

        /// A message for every block since the last; while swarms still exchange what they hold.
        private mutating func write() async throws {
            let top = await testnet.ledgerHeight
            while height < top {
                let data = Bytes("message \(sent)".utf8)
                let message = Delivery.Message(number: sent, data: data, timeToLive: .seconds(14 * 86_400))
                let recipient = Int.random(in: 0..<ChangingNetworkTests.people, using: &chance)
                try await send(message, to: testnet.account(ofClient: recipient))
                sent += 1
                height += 1
            }
        }

        /// A path through a node that has just left fails once, and the next one goes round it.
        private func send(_ message: Delivery.Message, to account: AccountID) async throws {
            let delivery = Delivery(events: testnet.events)
            let sender = try await testnet.client(sent % 4)
            for attempt in 1...3 {
                do {
                    return try await delivery.send(message, from: sender, to: account)
                } catch  where attempt < 3 {
                    // Recorded, and tried again.
                    continue
                }
            }
        }
    }
}
