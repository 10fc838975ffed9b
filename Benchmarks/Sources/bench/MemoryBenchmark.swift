import Foundation

/// What an idle node costs: in this process beyond the first twelve, and as a process of its own, where shared pages count
/// for each by its share (PSS).
struct MemoryBenchmark {
    let testnet: Executable

    func run() throws {
        let few = try residentKilobytes(nodes: 12)
        let many = try residentKilobytes(nodes: 112)
        report(
            "memory of an idle node, in-process", Samples(values: [(many - few) / 100]), unit: "KiB", target: 1024)
        for nodes in [12, 100] {
            report(
                "memory of an idle node, 1 of \(nodes) subprocesses (PSS)", try proportionalKilobytes(nodes: nodes),
                unit: "KiB", target: 6144)
        }
    }

    /// Of the whole process, once its network is ready.
    private func residentKilobytes(nodes: Int) throws -> Double {
        try withNetwork(["--nodes", "\(nodes)"]) { status in
            guard let pid = status["pid"] as? NSNumber else { throw BenchError("status has no pid") }
            return try Self.kilobytes("VmRSS:", in: "/proc/\(pid)/status")
        }
    }

    private func proportionalKilobytes(nodes: Int) throws -> Samples {
        try withNetwork(["--nodes", "\(nodes)", "--mode", "subprocess"]) { status in
            let nodes = status["nodes"] as? [[String: Any]] ?? []
            return Samples(
                values: try nodes.compactMap { $0["pid"] as? NSNumber }.map { pid in
                    try Self.kilobytes("Pss:", in: "/proc/\(pid)/smaps_rollup")
                })
        }
    }

    private func withNetwork<Result>(_ arguments: [String], _ body: ([String: Any]) throws -> Result) throws -> Result {
        try Executable.inTemporaryDirectory { try testnet.withNetwork(arguments, in: $0, body) }
    }

    static func kilobytes(_ field: String, in file: String) throws -> Double {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(field) }),
            let value = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { throw BenchError("\(file) has no \(field)") }
        return value
    }
}
