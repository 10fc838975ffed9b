import ArgumentParser
import Foundation
import Orchestrator
import SessionProtocol

/// `testnet up`: start a network and keep it running.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a network and keep it running until Ctrl-C or 'testnet down'.",
        discussion: "Example: testnet up topologies/three-swarms.yaml --mode subprocess --seed 7")

    /// What `up` waits for.
    enum Goal: String, ExpressibleByArgument, CaseIterable {
        case ready
        case registered
        case none

        /// `nil`: the listeners are enough.
        fileprivate var rung: Rung? {
            switch self {
            case .ready: .canaryDelivered
            case .registered: .registered
            case .none: nil
            }
        }
    }

    @OptionGroup var network: TopologyOptions<Up>
    @OptionGroup var run: StartOptions<Up>
    @Flag(help: "Return once the network is ready, and leave it running.") var detach = false
    @Flag(help: .hidden) var inBackground = false
    @Option(help: "What to wait for: ready (a canary was delivered), registered, or none.") var wait = Goal.ready

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let settings = try network.settings(name: run.name, logs: run.logs)
            guard settings.topology.mode != .simulated else { throw NetworkError.virtualTimeOnly }
            // Nothing is printed between the network's being ready and its end, which nobody's reading may delay.
            Console.outliveReaders(patience: detach ? nil : .seconds(2))
            if wait == .ready { try settings.requireEnoughForDelivery() }
            if detach { return try DetachedRun(settings: settings, wait: wait, json: run.json).start() }
            if inBackground { DetachedRun.outliveTerminal() }
            if !run.json { Console.line(Self.headline(settings)) }
            try await keepUp(settings)
        }
    }

    /// The first line of every run: what it takes to repeat it.
    static func headline(_ settings: NetworkSettings) -> String {
        "seed \(settings.seed) · testnet \(Release.version) · \(settings.topology.mode.rawValue) · "
            + "\(settings.topology.nodes.count) nodes · run '\(settings.directory.name)'"
    }

    private func keepUp(_ settings: NetworkSettings) async throws {
        let signals = TerminationSignals([SIGINT, SIGTERM])
        let display = ReadinessDisplay(silent: run.json)
        let testnet = try await Testnet(settings) { display.show($0) }
        let end = try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                try await climb(testnet)
                return .ready
            }
            group.addTask { await signals.first() == nil ? .ready : .interrupted }
            group.addTask { await testnet.waitForDownRequest() == .directoryLost ? .lost : .asked }
            defer { group.cancelAll() }
            do {
                var wasReady = false
                while let ending = try await group.next() {
                    guard ending == .ready else { return wasReady && ending == .interrupted ? .asked : ending }
                    wasReady = true
                    await announce(testnet)
                }
                return .asked
            } catch {
                await testnet.down()
                throw error
            }
        }
        await testnet.down()
        switch end {
        case .interrupted: throw ExitCode(Failure.interrupted)
        case .lost: throw RunError.directoryLost(path: settings.directory.path)
        case .ready, .asked: break
        }
    }

    private enum Ending {
        case ready
        case interrupted
        case asked
        /// The run's directory is gone.
        case lost
    }

    private func climb(_ testnet: Testnet) async throws {
        guard let rung = wait.rung else { return try await testnet.start() }
        let seconds = testnet.settings.topology.verification.timeoutSeconds
        try await testnet.reach(rung, within: testnet.settings.timeToBecomeReady(seconds: seconds)) {
            try await testnet.start()
            guard rung == .canaryDelivered else { return }
            try await testnet.wait(for: .swarmsAgreed)
            try await testnet.startClients()
            try await testnet.deliverCanary()
        }
    }

    private func announce(_ testnet: Testnet) async {
        let status = await testnet.status().json
        if run.json {
            Console.line(status.text)
        } else {
            Console.line(StatusTable(status).text)
            let end = inBackground ? "'testnet down \(testnet.settings.directory.name)'" : "Ctrl-C"
            Console.line(
                "Clients bootstrap from \(status["ledger"]?["rpcURL"]?.asString ?? "?"). \(end) ends the network.")
        }
        if inBackground { DetachedRun.becameReady(testnet.settings.directory) }
    }
}

extension Up: NetworkVerb {
    static var simulates: Bool { false }
    static var defaultMode: String { "in-process" }
    static var defaultName: String { "the topology's, or dev" }
}
