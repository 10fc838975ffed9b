import NodeRuntime
import Orchestrator
import SessionClient
import SessionProtocol
import Verdicts

/// The one-shot check: start a network, deliver messages between distinct clients, ask every node what it holds, stop, and
/// have the log judged. Doing ends before judging begins; the two share nothing but the log.
///
/// What it does stands in the topology (``Topology/verification``), so that a topology and a seed say everything about a
/// simulated run.
public struct VerificationRun: Sendable {
    /// As they were given, for the network that a verification starts: clients are as many as its messages need.
    public let settings: NetworkSettings

    /// - Parameter settings: what the topology has of a load is left out.
    public init(_ settings: NetworkSettings) {
        var settings = settings
        settings.topology.load = nil
        settings.topology = settings.topology.ofRun
        // Far more than every try of every message takes.
        settings.virtualTimeLimit = settings.timeToBecomeReady(
            seconds: settings.topology.verification.timeoutSeconds + 3_600)
        self.settings = settings
    }

    /// Milliseconds of the run's time at which things had happened: since the process started, or of virtual time.
    private struct Times: Sendable {
        var ready: Int64?
        var firstMessage: Int64?
        var down: Int64?
    }

    /// - Throws: what kept the network from starting. Once it runs, failures are findings, not errors.
    public func run(report: @escaping @Sendable (RungProgress) -> Void) async throws -> VerificationReport {
        let (testnet, times) = try await Testnet.run(settings, report: report) { testnet in
            var times = Times()
            try await testnet.reach(
                .swarmsAgreed,
                within: settings.timeToBecomeReady(seconds: settings.topology.verification.timeoutSeconds)
            ) { try await testnet.start() }
            times.ready = testnet.elapsedMilliseconds
            times.firstMessage = try await testnet.unlessAskedToEnd { try await deliver(on: testnet) }
            await testnet.takeInventory()
            let end = testnet.clock.uptime
            await testnet.down()
            times.down = Int64((testnet.clock.uptime - end) / .milliseconds(1))
            return (testnet, times)
        }
        return try judge(testnet, times)
    }

    /// Up to ``messagesInFlight`` messages at the same time; with a node to kill, half of them before its end and half after.
    /// - Returns: when the first message had reached its recipient.
    private func deliver(on testnet: Testnet) async throws -> Int64? {
        let verification = settings.topology.verification
        guard let victim = verification.kill else { return await deliver(0..<verification.messages, on: testnet) }
        let half = (verification.messages + 1) / 2
        let first = await deliver(0..<half, on: testnet)
        try await testnet.act(.kill, on: [victim])
        let second = await deliver(half..<verification.messages, on: testnet)
        return first ?? second
    }

    /// How many messages are under way at the same time.
    private static let messagesInFlight = 64

    /// Client i writes to client i + 1; each recipient then reads its inbox. The log has what fails; what follows from it is
    /// for the checks to say.
    private func deliver(_ numbers: Range<Int>, on testnet: Testnet) async -> Int64? {
        let delivery = Delivery(events: testnet.events)
        let clients = testnet.settings.topology.clients.count
        return await withTaskGroup(of: Int64?.self) { group in
            var first: Int64?
            for number in numbers {
                // Nodes drop requests beyond the queues the protocol gives them (storage-node §2.2), and this run checks what is
                // delivered, not how much at once.
                if number - numbers.lowerBound >= Self.messagesInFlight, let time = await group.next() {
                    first = [first, time].compactMap { $0 }.min()
                }
                group.addTask {
                    let message = Delivery.Message(
                        number: number, data: Bytes("message \(number) of run \(settings.seed)".utf8))
                    let recipient = (number + 1) % clients
                    guard await delivery.deliver(message, from: number, to: recipient, on: testnet) else { return nil }
                    return testnet.elapsedMilliseconds
                }
            }
            for await time in group { first = [first, time].compactMap { $0 }.min() }
            return first
        }
    }

    /// Judges from what was written, not from what this process remembers.
    private func judge(_ testnet: Testnet, _ times: Times) throws -> VerificationReport {
        if let failure = testnet.events.failure {
            throw LogIncomplete(description: failure, historyHash: testnet.events.historyHash)
        }
        let history = try History(contentsOf: settings.directory.events)
        return VerificationReport(
            of: history, readyMilliseconds: times.ready, firstMessageMilliseconds: times.firstMessage,
            downMilliseconds: times.down)
    }
}
