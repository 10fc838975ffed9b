import Foundation

/// Measures the release executable against the targets of its README.
///
///     bench [--runs N] [--testnet PATH] [--only start|fault|memory|load|swarms|ledger|storage] [--large]
@main
struct Bench {
    static func main() async throws {
        let parts = ["start", "fault", "memory", "load", "swarms", "ledger", "storage"]
        var runs = 5
        var executable = ".build/release/testnet"
        var only: String?
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
                throw BenchError("unknown argument '\(argument)'; use --runs N, --testnet PATH, --only PART or --large")
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
            case "ledger": try LedgerBenchmark(runs: runs).run()
            case "storage": try await StorageBenchmark(includesLarge: includesLarge).run()
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
