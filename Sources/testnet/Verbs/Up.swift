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
    }

    @OptionGroup var network: TopologyOptions
    @OptionGroup var run: RunOptions
    @Flag(help: "Return once the network is ready, and leave it running.") var detach = false
    @Flag(help: .hidden) var inBackground = false
    @Option(help: "What to wait for: ready (a canary was delivered), registered, or none.") var wait = Goal.ready
    @Option(help: "How long to wait, in seconds, and with blocks at the preset's times three of them longer.")
    var timeout = 60

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let settings = try network.settings(name: run.name, logs: run.logs)
            guard settings.topology.mode != .simulated else { throw NetworkError.virtualTimeOnly }
            // Nothing is printed between the network's being ready and its end, which nobody's reading may delay.
            Console.outliveReaders(patience: detach ? nil : .seconds(2))
            if detach { return try DetachedRun(settings: settings, arguments: foregroundArguments(settings)).start() }
            if wait == .ready { try settings.requireEnoughForDelivery() }
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
            group.addTask {
                await testnet.waitForDownRequest()
                return .asked
            }
            defer { group.cancelAll() }
            do {
                var wasReady = false
                while let ending = try await group.next() {
                    guard ending == .ready else { return wasReady ? .asked : ending }
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
        if end == .interrupted { throw ExitCode(Failure.interrupted) }
    }

    private enum Ending {
        case ready
        case interrupted
        case asked
    }

    private func climb(_ testnet: Testnet) async throws {
        try await testnet.start()
        let limit = testnet.settings.timeToBecomeReady(seconds: timeout)
        switch wait {
        case .none: return
        case .registered: try await testnet.wait(for: .registered, timeout: limit)
        case .ready:
            try await testnet.wait(for: .swarmsAgreed, timeout: limit)
            try await testnet.startClients()
            try await testnet.deliverCanary()
            try await testnet.wait(for: .canaryDelivered, timeout: limit)
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

    /// The same command without `--detach`, with what was chosen by chance written out.
    private func foregroundArguments(_ settings: NetworkSettings) -> [String] {
        var arguments = CommandLine.arguments.dropFirst().filter { $0 != "--detach" }
        if !arguments.contains("--seed") { arguments += ["--seed", String(settings.seed)] }
        return Array(arguments)
    }
}
