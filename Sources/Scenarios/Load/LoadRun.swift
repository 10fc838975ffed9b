import NodeRuntime
import Orchestrator
import Verdicts

/// Starts a network, has every client poll and write as often as a load says, and stops it; then the log is judged.
///
/// Load, duration and clients stand in the topology (``Topology/load``, ``Topology/clients``), so that a topology and a seed
/// say everything about a simulated run.
public struct LoadRun: Sendable {
    /// As they were given, with a limit of virtual time that leaves room for the load.
    public let settings: NetworkSettings
    /// How busy clients are.
    public let load: Load
    /// Of the network's time, from the moment it is ready.
    public let duration: Duration
    /// Whether every node tells in the end what it holds. Without it the verdict rests on what clients sent and read.
    public let takesInventory: Bool

    /// A topology that describes no load.
    public enum Unfit: Error, Equatable, CustomStringConvertible {
        /// Nothing says what clients do (``Topology/load``).
        case noLoad
        /// Whoever writes needs somebody else to write to.
        case tooFewClients(count: Int)

        /// What is wrong, and what to do.
        public var description: String {
            switch self {
            case .noLoad: "the topology has no load to run; give it one, such as 'load: {name: S, minutes: 60}'"
            case .tooFewClients(let count):
                "a load needs 2 clients, one to write to another, and clients.count is \(count); choose more"
            }
        }
    }

    /// - Throws: ``Unfit``
    public init(_ settings: NetworkSettings) throws(Unfit) {
        guard let wanted = settings.topology.load else { throw .noLoad }
        let clients = settings.topology.clients.count
        guard clients >= 2 else { throw .tooFewClients(count: clients) }
        let load = Load(wanted.name)
        let duration = Duration.seconds(wanted.minutes * 60)
        var settings = settings
        // Far more than the start and the last poll take.
        settings.virtualTimeLimit =
            duration + load.pollInterval
            + settings.timeToBecomeReady(seconds: settings.topology.verification.timeoutSeconds + 3_600)
        self.settings = settings
        self.load = load
        self.duration = duration
        takesInventory = wanted.takesInventory
    }

    /// Runs it, and judges the log it wrote.
    ///
    /// - Parameters:
    ///   - report: told of every readiness rung when it moves.
    ///   - measure: called when the network is ready, and again when the load's time is over, with what a simulation has done by
    ///     then: whoever measures real time and memory does it there.
    /// - Throws: what kept the network from starting, or from coming to its end.
    public func run(
        report: @escaping @Sendable (RungProgress) -> Void,
        measure: @escaping @Sendable (LoadPhase, SimulatedWork?) -> Void
    ) async throws -> LoadReport {
        try await run(report: report, measure: measure, during: { _ in })
    }

    /// As ``run(report:measure:)``.
    ///
    /// - Parameter during: runs beside the load, from its beginning; what it throws ends the run.
    func run(
        report: @escaping @Sendable (RungProgress) -> Void,
        measure: @escaping @Sendable (LoadPhase, SimulatedWork?) -> Void,
        during: @escaping @Sendable (Testnet) async throws -> Void
    ) async throws -> LoadReport {
        let (testnet, counts) = try await Testnet.run(settings, report: report) { testnet in
            try await testnet.reach(
                .swarmsAgreed,
                within: settings.timeToBecomeReady(seconds: settings.topology.verification.timeoutSeconds)
            ) { try await testnet.start() }
            let counts = try await testnet.unlessAskedToEnd {
                try await drive(testnet, measure: measure, during: during)
            }
            if takesInventory { await testnet.takeInventory() }
            return (testnet, counts)
        }
        if let failure = testnet.events.failure {
            throw LogIncomplete(description: failure, historyHash: testnet.events.historyHash)
        }
        let history = try History(contentsOf: settings.directory.events)
        return LoadReport(counts: counts, judged: VerificationReport(of: history, checks: checks))
    }

    private var checks: [any Check] {
        guard !takesInventory else { return Judgement.everyCheck }
        let ofMessages: [any Check] = [EveryMessageWasAcknowledged(), RecipientsGotTheirMessages()]
        return ofMessages + Judgement.ledgerChecks + [LogIsReadable()]
    }

    private func drive(
        _ testnet: Testnet, measure: @escaping @Sendable (LoadPhase, SimulatedWork?) -> Void,
        during: @escaping @Sendable (Testnet) async throws -> Void
    ) async throws -> LoadCounts {
        let start = testnet.clock.uptime
        measure(.ready, testnet.simulated)
        return try await withThrowingTaskGroup(of: LoadCounts.self) { group in
            for index in 0..<settings.topology.clients.count {
                group.addTask { try await ScriptedPerson(index, run: self, testnet: testnet).live(from: start) }
            }
            group.addTask {
                try await testnet.clock.sleep(for: duration)
                measure(.over, testnet.simulated)
                return LoadCounts()
            }
            group.addTask {
                try await during(testnet)
                return LoadCounts()
            }
            var total = LoadCounts()
            for try await counts in group { total.add(counts) }
            return total
        }
    }
}

/// The stages of a load run.
public enum LoadPhase: Sendable, Equatable {
    /// The network is ready and the load begins.
    case ready
    /// The load's time is over. What clients still do is read their mailboxes a last time.
    case over
}

/// What a load run found.
public struct LoadReport: Sendable {
    /// What all clients did, together.
    public let counts: LoadCounts
    /// The verdict on the log.
    public let judged: VerificationReport
}
