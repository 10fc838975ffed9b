import Foundation

/// From the process's start, as the kernel tells it, to a network that agrees and to the first message in its recipient's
/// hands; and how long stopping takes. Every run is judged: a network that delivers nothing fast is no result.
struct StartBenchmark {
    let testnet: Executable
    let runs: Int

    private struct Case {
        let nodes: Int
        let mode: String
        let targetMilliseconds: Double
    }

    private static let cases = [
        Case(nodes: 12, mode: "in-process", targetMilliseconds: 1000),
        Case(nodes: 12, mode: "subprocess", targetMilliseconds: 3000),
        Case(nodes: 100, mode: "in-process", targetMilliseconds: 3000),
        Case(nodes: 100, mode: "subprocess", targetMilliseconds: 5000),
    ]

    func run() throws {
        for item in Self.cases {
            var samples: [String: [Double]] = [:]
            for _ in 0..<runs {
                let result = try Executable.inTemporaryDirectory { directory in
                    try testnet.json(
                        ["verify", "--nodes", "\(item.nodes)", "--mode", item.mode, "--json"], in: directory)
                }
                for key in ["readyMilliseconds", "firstMessageMilliseconds", "downMilliseconds"] {
                    guard let value = result[key] as? NSNumber else { throw BenchError("verify printed no \(key)") }
                    samples[key, default: []].append(value.doubleValue)
                }
            }
            let name = "\(item.nodes) nodes \(item.mode)"
            report(
                "\(name): ready", Samples(values: samples["readyMilliseconds"] ?? []), unit: "ms",
                target: item.targetMilliseconds)
            report(
                "\(name): first message", Samples(values: samples["firstMessageMilliseconds"] ?? []), unit: "ms",
                target: item.targetMilliseconds)
            report("\(name): down", Samples(values: samples["downMilliseconds"] ?? []), unit: "ms", target: 500)
        }
    }
}
