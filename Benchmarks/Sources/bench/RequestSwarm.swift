import Foundation
import SessionClient
import SessionProtocol

/// A running swarm whose every node is a process of its own, as `status` shows it.
struct RequestSwarm {
    /// One node.
    struct Node {
        let pid: Int
        let address: String
        let httpsPort: UInt16
        let omqPort: UInt16
        let keys: OnionNode

        /// CPU the process has used, user and system, in milliseconds. The kernel counts in hundredths of a second.
        func cpuMilliseconds() throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            // The name before it is in parentheses and may hold blanks.
            let fields = text.drop { $0 != ")" }.split(separator: " ")
            guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
                throw BenchError("/proc/\(pid)/stat has no times")
            }
            return (user + system) * 1000 / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        /// A figure of the process's memory, in KiB.
        func kibibytes(_ field: String) throws -> Double {
            try MemoryBenchmark.kilobytes(field + ":", in: "/proc/\(pid)/status")
        }
    }

    let nodes: [Node]

    /// Runs `body` with a swarm of five nodes, without a limit on requests, and ends it.
    static func with<Result>(_ testnet: Executable, _ body: (RequestSwarm) throws -> Result) throws -> Result {
        try Executable.inTemporaryDirectory { directory in
            let topology = "mode: subprocess\nnodes: {count: 5}\nstorage: {rateLimit: false}\n"
            try topology.write(
                to: directory.appendingPathComponent("bench.yaml"), atomically: true, encoding: .utf8)
            return try testnet.withNetwork(["bench.yaml"], in: directory) { status in
                try body(RequestSwarm(status: status))
            }
        }
    }

    private init(status: [String: Any]) throws {
        nodes = try (status["nodes"] as? [[String: Any]] ?? []).map { node in
            guard let pid = (node["pid"] as? NSNumber)?.intValue, let address = node["ip"] as? String,
                let https = (node["httpsPort"] as? NSNumber)?.uint16Value,
                let omq = (node["omqPort"] as? NSNumber)?.uint16Value,
                let ed25519 = (node["pubkeyEd25519"] as? String).flatMap({ Ed25519PublicKey(hex: $0) }),
                let x25519 = (node["pubkeyX25519"] as? String).flatMap({ X25519PublicKey(hex: $0) })
            else { throw BenchError("status lacks a node's process, ports or keys") }
            return Node(
                pid: pid, address: address, httpsPort: https, omqPort: omq,
                keys: OnionNode(ed25519: ed25519, x25519: x25519))
        }
        guard nodes.count == 5 else { throw BenchError("status shows \(nodes.count) nodes instead of 5") }
    }

    /// Of all nodes together.
    func cpuMilliseconds() throws -> Double { try nodes.reduce(0) { try $0 + $1.cpuMilliseconds() } }

    /// What the nodes use while nobody asks them anything: milliseconds of CPU a second, all together.
    func idleRate(over seconds: Double) throws -> Double {
        let before = try cpuMilliseconds()
        Thread.sleep(forTimeInterval: seconds)
        return try (cpuMilliseconds() - before) / seconds
    }
}
