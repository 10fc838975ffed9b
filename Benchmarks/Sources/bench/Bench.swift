import Foundation
import SessionProtocol

/// Measures the release executable against the targets of its README.
///
///     bench [--runs N] [--testnet PATH] [--only start|fault|memory|load|swarms|ledger|requests|connections] [--large]
///           [--requests N] [--cipher xchacha20|aes-gcm] [--kind KIND]
@main
struct Bench {
    static func main() throws {
        let parts = ["start", "fault", "memory", "load", "swarms", "ledger", "requests", "connections"]
        var runs = 5
        var executable = ".build/release/testnet"
        var only: String?
        var requests = 2000
        var cipher = OnionCipher.xchacha20
        var kinds = RequestKind.allCases
        var includesLarge = false
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch (argument, arguments.first) {
            case ("--runs", let value?):
                guard let number = Int(value), number > 0 else {
                    throw BenchError("--runs is '\(value)', not a number above 0")
                }
                runs = number
                arguments.removeFirst()
            case ("--requests", let value?):
                guard let number = Int(value), number > 0 else {
                    throw BenchError("--requests is '\(value)', not a number above 0")
                }
                requests = number
                arguments.removeFirst()
            case ("--kind", let value?):
                guard let kind = RequestKind(rawValue: value) else {
                    let names = RequestKind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw BenchError("--kind is '\(value)', not one of \(names)")
                }
                kinds = [kind]
                arguments.removeFirst()
            case ("--cipher", let value?):
                guard let named = OnionCipher(rawValue: value) else {
                    throw BenchError("--cipher is '\(value)', not one of xchacha20, aes-gcm")
                }
                cipher = named
                arguments.removeFirst()
            case ("--testnet", let value?):
                executable = value
                arguments.removeFirst()
            case ("--only", let value?):
                guard parts.contains(value) else {
                    throw BenchError("--only is '\(value)', not one of \(parts.joined(separator: ", "))")
                }
                only = value
                arguments.removeFirst()
            case ("--large", _): includesLarge = true
            default:
                throw BenchError(
                    "unknown argument '\(argument)'; use --runs N, --testnet PATH, --only PART, --large, --requests N, --kind KIND or --cipher C"
                )
            }
        }
        let testnet = Executable(path: executable)
        print(
            "\(ProcessInfo.processInfo.activeProcessorCount) processors; median of \(runs) runs, minimum and maximum after it"
        )
        print("")
        for part in parts where only == nil || only == part {
            switch part {
            case "start": try StartBenchmark(testnet: testnet, runs: runs).run()
            case "fault": try FaultBenchmark(testnet: testnet).run()
            case "memory": try MemoryBenchmark(testnet: testnet).run()
            case "swarms": try SwarmBenchmark(runs: runs).run()
            case "requests":
                try RequestBenchmark(testnet: testnet, requests: requests, cipher: cipher, kinds: kinds).run()
            case "connections": try ConnectionBenchmark(testnet: testnet).run()
            case "ledger": try LedgerBenchmark(runs: runs).run()
            default: try LoadBenchmark(testnet: testnet, includesLarge: includesLarge).run()
            }
            print("")
        }
    }
}

/// What keeps a measurement from being made.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
