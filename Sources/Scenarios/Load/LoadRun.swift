import NodeRuntime
import Orchestrator
import SessionClient
import SessionCrypto
import SessionProtocol
import Verdicts

/// Starts a network, has every client poll and write as often as a load says, and stops it; then the log is judged.
public struct LoadRun: Sendable {
    public var settings: NetworkSettings
    public var load: Load
    /// Of the network's time, from the moment it is ready.
    public var duration: Duration
    /// Whether every node tells in the end what it holds. Without it the verdict rests on what clients sent and read.
    public var takesInventory: Bool

    public init(_ settings: NetworkSettings, load: Load, duration: Duration, takesInventory: Bool = true) {
        self.settings = settings
        self.load = load
        self.duration = duration
        self.takesInventory = takesInventory
    }

    /// - Parameter measure: called when the network is ready, and again when the load is over, with what a simulation has done by
    ///   then: whoever measures real time and memory does it there.
    /// - Throws: what kept the network from starting.
    public func run(
        report: @escaping @Sendable (RungProgress) -> Void,
        measure: @escaping @Sendable (LoadPhase, SimulatedWork?) -> Void
    ) async throws -> LoadReport {
        let (testnet, counts) = try await Testnet.run(settings, report: report) { testnet in
            try await testnet.start()
            try await testnet.wait(
                for: .swarmsAgreed, timeout: .seconds(settings.topology.verification.timeoutSeconds))
            measure(.ready, testnet.simulated)
            let counts = try await drive(testnet)
            measure(.over, testnet.simulated)
            if takesInventory { await testnet.takeInventory() }
            return (testnet, counts)
        }
        if let failure = testnet.events.failure { throw LogIncomplete(description: failure) }
        let history = try History(contentsOf: settings.directory.events)
        return LoadReport(counts: counts, judged: VerificationReport(of: history, checks: checks))
    }

    private var checks: [any Check] {
        takesInventory
            ? Judgement.everyCheck : [EveryMessageWasAcknowledged(), RecipientsGotTheirMessages(), LogIsReadable()]
    }

    private func drive(_ testnet: Testnet) async throws -> LoadCounts {
        try await withThrowingTaskGroup(of: LoadCounts.self) { group in
            for index in 0..<settings.topology.clients.count {
                group.addTask { try await ScriptedPerson(index, run: self, testnet: testnet).live() }
            }
            var total = LoadCounts()
            for try await counts in group { total.add(counts) }
            return total
        }
    }
}

/// The stages of a load run.
public enum LoadPhase: Sendable {
    /// The network is ready and the load begins.
    case ready
    case over
}

/// What clients did under a load.
public struct LoadCounts: Sendable, Equatable {
    public var polls = 0
    public var failedPolls = 0
    public var sends = 0
    public var failedSends = 0
    public var received = 0

    mutating func add(_ other: LoadCounts) {
        polls += other.polls
        failedPolls += other.failedPolls
        sends += other.sends
        failedSends += other.failedSends
        received += other.received
    }

    public var json: JSON {
        [
            "polls": .int(polls), "failedPolls": .int(failedPolls), "sends": .int(sends),
            "failedSends": .int(failedSends), "received": .int(received),
        ]
    }
}

/// What a load run found.
public struct LoadReport: Sendable {
    public var counts: LoadCounts
    public var judged: VerificationReport
}
