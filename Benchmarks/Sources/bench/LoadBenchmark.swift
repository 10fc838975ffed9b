import Foundation

/// How much faster than real time a network runs in virtual time, on one core. A run that loses a message is no result.
struct LoadBenchmark {
    let testnet: Executable
    /// Load L takes minutes and gigabytes.
    let includesLarge: Bool

    private struct Case {
        let load: String
        let nodes: Int
        let clients: Int
        let crypto: String
        let target: Target
        var flags: [String] = []
    }

    private enum Target {
        /// Virtual seconds a second, at least.
        case speed(Int)
        /// Seconds of real time and mebibytes, at most.
        case limits(seconds: Double, mebibytes: Int)
    }

    private static let small = [
        Case(load: "S", nodes: 100, clients: 1_000, crypto: "modelled", target: .speed(100)),
        Case(load: "S", nodes: 100, clients: 1_000, crypto: "real", target: .speed(30)),
    ]
    private static let large = [
        Case(
            load: "L", nodes: 10_000, clients: 100_000, crypto: "modelled",
            target: .limits(seconds: 600, mebibytes: 8_192), flags: ["--no-inventory"])
    ]

    func run() throws {
        for item in Self.small + (includesLarge ? Self.large : []) { try measure(item) }
        if !includesLarge { print("load L is left out; 'make bench ARGS=--large' runs it") }
    }

    private func measure(_ item: Case) throws {
        let result = try Executable.inTemporaryDirectory { directory in
            try testnet.json(
                [
                    "bench", "--load", item.load, "--nodes", "\(item.nodes)", "--clients", "\(item.clients)",
                    "--minutes", "60", "--crypto", item.crypto, "--seed", "7", "--json",
                ] + item.flags, in: directory)
        }
        func figure(_ key: String) throws -> Int {
            guard let value = result[key] as? Int else { throw BenchError("bench printed no \(key)") }
            return value
        }
        let speed = try figure("virtualSecondsPerSecond")
        let seconds = Double(try figure("startMilliseconds") + figure("wallMilliseconds")) / 1000
        let memory = try figure("peakMebibytes")
        let verdict =
            switch item.target {
            case .speed(let least): speed >= least ? "target \(least)x met" : "target \(least)x MISSED"
            case .limits(let most, let mebibytes):
                seconds <= most && memory <= mebibytes
                    ? "target \(Int(most)) s, \(mebibytes) MiB met" : "target \(Int(most)) s, \(mebibytes) MiB MISSED"
            }
        print(
            "load \(item.load), \(item.nodes) nodes, \(item.clients) clients, \(item.crypto) crypto, 1 virtual hour: "
                + "\(Int(seconds)) s with start · \(speed)x real time · "
                + "\(try figure("networkMessagesPerSecond")) network messages/s · \(try figure("stepsPerSecond")) steps/s · "
                + "peak \(memory) MiB · \(verdict)")
    }
}
