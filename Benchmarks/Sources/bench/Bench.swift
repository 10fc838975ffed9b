import Foundation

/// Measures the release executable against the targets of its README.
///
///     bench [--runs N] [--testnet PATH]
@main
struct Bench {
    static func main() throws {
        var runs = 5
        var executable = ".build/release/testnet"
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
            default: throw BenchError("unknown argument '\(argument)'; use --runs N or --testnet PATH")
            }
        }
        let testnet = Executable(path: executable)
        print(
            "\(ProcessInfo.processInfo.activeProcessorCount) processors; median of \(runs) runs, minimum and maximum after it"
        )
        print("")
        try StartBenchmark(testnet: testnet, runs: runs).run()
        print("")
        try FaultBenchmark(testnet: testnet).run()
        print("")
        try MemoryBenchmark(testnet: testnet).run()
    }
}

/// What keeps a measurement from being made.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
