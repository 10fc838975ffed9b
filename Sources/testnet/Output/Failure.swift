import ArgumentParser
import Foundation
import Orchestrator
import Scenarios
import SessionProtocol

/// What each way to fail exits with. The codes are part of the contract with scripts.
enum Failure {
    static let failed: Int32 = 1
    /// A replay whose history is not the recorded one.
    static let otherHistory: Int32 = 3
    static let usage: Int32 = 64
    static let missingPrerequisite: Int32 = 69
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
        case is TopologyErrors, is ReplayToken.Malformed, is TopologySearch.Failure, is LoadRun.Unfit: usage
        case let refused as ControlSession.Refused: code(ofStatus: refused.status)
        case NetworkError.doesNotFit, NetworkError.cannotListen: missingPrerequisite
        case NetworkError.unknownNode, NetworkError.tooFewNodes, NetworkError.tooFewNodesToKill,
            NetworkError.virtualTimeOnly:
            usage
        case ReadinessError.timedOut: timedOut
        case is Interrupted: interrupted
        default: failed
        }
    }

    /// What a running network answered over its control socket.
    private static func code(ofStatus status: Int) -> Int32 {
        switch status {
        case 400, 404: usage
        default: failed
        }
    }
}

/// Somebody pressed Ctrl-C, or asked the process to end, before the run was over.
struct Interrupted: Error, CustomStringConvertible {
    let description = "interrupted"
}
