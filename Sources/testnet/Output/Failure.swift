import ArgumentParser
import Foundation
import Orchestrator
import Scenarios
import SessionProtocol
import StakeEconomics

/// What each way to end exits with. The codes are part of the contract with scripts: each has one meaning, whatever the verb,
/// and README has the table.
enum Failure {
    /// What was checked does not hold: a check is violated, or a node ended by itself before the network was ready.
    static let violated: Int32 = 1
    /// A replay whose history is not the recorded one.
    static let otherHistory: Int32 = 3
    /// What was asked for cannot be: a wrong flag, argument or file, or a request that the network refuses.
    static let usage: Int32 = 64
    /// There is no such run, or it is not up.
    static let noRun: Int32 = 66
    /// The machine lacks what the network needs: descriptors, or a free port.
    static let missingPrerequisite: Int32 = 69
    /// Something failed that has no code of its own.
    static let unforeseen: Int32 = 70
    /// Something cannot be written, or was taken away.
    static let cannotWrite: Int32 = 73
    /// Not now: a run of that name is up or under way, or the network is about to end or its ledger to start again.
    static let busy: Int32 = 75
    /// It is another user's.
    static let notYours: Int32 = 77
    /// It did not become ready, settle or answer in time.
    static let timedOut: Int32 = 124
    static let interrupted: Int32 = 130
    /// As a shell counts a process that SIGPIPE ended.
    static let readerGone: Int32 = 141

    /// Runs a verb; an error becomes one message, or one JSON object, and its exit code.
    static func reporting(json: Bool, _ body: () async throws -> Void) async throws {
        defer { Console.finish() }
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch let error as ValidationError {
            throw error
        } catch {
            if json {
                Console.line(JSON.object(["error": .string("\(error)")]).text)
            } else {
                Console.error("\(error)")
            }
            throw ExitCode(code(of: error))
        }
    }

    static func code(of error: any Error) -> Int32 {
        switch error {
        case is TopologyErrors, is ReplayToken.Malformed, is TopologySearch.Failure, is LoadRun.Unfit,
            is StakeModelRefusal, is AttackOddsRefusal:
            usage
        case let refused as ControlSession.Refused: code(ofStatus: refused.status)
        case let error as RunError: code(of: error)
        case NetworkError.doesNotFit, NetworkError.cannotListen: missingPrerequisite
        case NetworkError.notSettled, ReadinessError.timedOut: timedOut
        case NetworkError.goingDown, NetworkError.ledgerClosed: busy
        case is NetworkError: usage
        case ReadinessError.nodeEnded: violated
        case is Interrupted: interrupted
        default: unforeseen
        }
    }

    private static func code(of error: RunError) -> Int32 {
        switch error {
        case .held, .changing: busy
        case .foreignDirectory, .cannotWrite, .directoryLost: cannotWrite
        case .notYours, .othersOnly: notYours
        case .notRunning, .noSuchRun, .noRuns, .noneUp: noRun
        case .unresponsive: timedOut
        case .ambiguous, .simulated: usage
        }
    }

    /// What a running network answered over its control socket.
    private static func code(ofStatus status: Int) -> Int32 {
        switch status {
        case 400, 404: usage
        case 503: busy
        case 504: timedOut
        case 507: cannotWrite
        default: unforeseen
        }
    }
}

/// Somebody pressed Ctrl-C, or asked the process to end, before the run was over.
struct Interrupted: Error, CustomStringConvertible {
    let description = "interrupted"
}
