import CHost
import Foundation
import NodeRuntime
import Orchestrator
import SessionClient
import SessionProtocol
import Verdicts

/// The one-shot check: start a network, deliver messages between distinct clients, ask every node what it holds, stop, and
/// have the log judged. Doing ends before judging begins; the two share nothing but the log.
public struct VerificationRun: Sendable {
    public var settings: NetworkSettings
    /// How many messages, each between a pair of clients of its own.
    public var messages: Int
    public var timeout: Duration

    public init(_ settings: NetworkSettings, messages: Int, timeout: Duration) {
        self.settings = settings
        self.messages = messages
        self.timeout = timeout
    }

    /// Milliseconds since the process started, as the kernel tells it, at which things had happened.
    private struct Times: Sendable {
        var ready: Int64?
        var firstMessage: Int64?
        var down: Int64?
    }

    /// - Throws: what kept the network from starting. Once it runs, failures are findings, not errors.
    public func run(report: @escaping @Sendable (RungProgress) -> Void) async throws -> VerificationReport {
        var settings = settings
        settings.topology.clients.count = max(2, messages)
        let testnet = try await Testnet(settings, report: report)
        var times = Times()
        do {
            try await testnet.start()
            try await testnet.wait(for: .swarmsAgreed, timeout: timeout)
            times.ready = Self.elapsed()
            times.firstMessage = try await unlessAskedToEnd(testnet) { try await deliver(on: testnet) }
            await testnet.takeInventory()
        } catch {
            await testnet.down()
            throw error
        }
        let end = ContinuousClock.now
        await testnet.down()
        times.down = Self.milliseconds(since: end)
        return try judge(testnet, times)
    }

    /// Runs `body`; when somebody takes the network down meanwhile, the run is over.
    private func unlessAskedToEnd(
        _ testnet: Testnet, _ body: @escaping @Sendable () async throws -> Int64?
    ) async throws -> Int64? {
        try await withThrowingTaskGroup(of: Int64?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await testnet.waitForDownRequest()
                try Task.checkCancellation()
                throw TakenDown()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Client i writes to client i + 1, all at the same time; each recipient then reads its inbox.
    /// - Returns: when the first message had reached its recipient.
    private func deliver(on testnet: Testnet) async throws -> Int64? {
        let delivery = Delivery(events: testnet.events)
        let clients = testnet.settings.topology.clients.count
        return try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<messages {
                group.addTask {
                    let sender = try await testnet.client(number)
                    let recipient = try await testnet.client((number + 1) % clients)
                    let content = Bytes("message \(number) of run \(settings.seed)".utf8)
                    let message = Delivery.Message(number: number, data: content)
                    do {
                        try await delivery.deliver(message, from: sender, to: recipient)
                        return Self.elapsed()
                    } catch {
                        // The log has it; what follows from it is for the checks to say.
                        return nil
                    }
                }
            }
            var first: Int64?
            for try await time in group { first = [first, time].compactMap { $0 }.min() }
            return first
        }
    }

    /// Judges from what was written, not from what this process remembers.
    private func judge(_ testnet: Testnet, _ times: Times) throws -> VerificationReport {
        if let failure = testnet.events.failure { throw LogIncomplete(description: failure) }
        let history = try History(contentsOf: settings.directory.events)
        return VerificationReport(
            of: history, readyMilliseconds: times.ready, firstMessageMilliseconds: times.firstMessage,
            downMilliseconds: times.down)
    }

    private static func elapsed() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1000) - chost_process_start_milliseconds()
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Int64 {
        Int64((ContinuousClock.now - start) / .milliseconds(1))
    }
}

/// `testnet down` ended the network before everything was delivered.
struct TakenDown: Error, CustomStringConvertible {
    let description = "the network was taken down before everything was delivered"
}

/// The event log could not be written, so no verdict can be drawn from it.
struct LogIncomplete: Error, CustomStringConvertible {
    let description: String
}
