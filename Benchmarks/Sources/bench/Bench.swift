import Foundation

/// Measures the release executable against the targets of its README.
///
///     bench [--runs N] [--testnet PATH] [--only start|fault|memory|load|swarms|ledger|storage|requests|connections]
///           [--large] [--requests N] [--cipher xchacha20|aes-gcm] [--kind KIND] [--against PATH]
///
/// With `--against`, requests of another build are measured in turns with those of this one.
@main
struct Bench {
    private static let parts = [
        "start", "fault", "memory", "load", "swarms", "ledger", "storage", "requests", "connections",
    ]

    static func main() async {
        let options: BenchOptions
        do {
            options = try BenchOptions(Array(CommandLine.arguments.dropFirst()), parts: parts)
        } catch {
            end(64, "\(error)")
        }
        do {
            try await measure(options)
        } catch {
            end(1, "\(error)")
        }
    }

    private static func end(_ code: Int32, _ reason: String) -> Never {
        FileHandle.standardError.write(Data("bench: \(reason)\n".utf8))
        exit(code)
    }

    private static func measure(_ options: BenchOptions) async throws {
        let runs = options.runs
        let testnet = Executable(path: options.executable)
        print(
            "\(ProcessInfo.processInfo.activeProcessorCount) processors; median of \(runs) runs, minimum and maximum after it"
        )
        print("")
        for part in parts where options.only == nil || options.only == part {
            switch part {
            case "start": try StartBenchmark(testnet: testnet, runs: runs).run()
            case "fault": try FaultBenchmark(testnet: testnet).run()
            case "memory": try MemoryBenchmark(testnet: testnet).run()
            case "swarms": try SwarmBenchmark(runs: runs).run()
            case "requests":
                try RequestBenchmark(
                    testnet: testnet, other: options.other.map(Executable.init), requests: options.requests,
                    cipher: options.cipher, kinds: options.kinds
                ).run()
            case "connections": try ConnectionBenchmark(testnet: testnet).run()
            case "ledger": try LedgerBenchmark(runs: runs).run()
            case "storage": try await StorageBenchmark(includesLarge: options.includesLarge).run()
            default: try LoadBenchmark(testnet: testnet, includesLarge: options.includesLarge).run()
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
