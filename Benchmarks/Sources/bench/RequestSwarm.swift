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

        /// A figure of the process's memory, in KiB.
        func kibibytes(_ field: String) throws -> Double {
            try MemoryBenchmark.kilobytes(field + ":", in: "/proc/\(pid)/status")
        }
    }

    let nodes: [Node]
    /// The directory in which the run keeps its files.
    let directory: URL

    /// Runs `body` with a swarm of five nodes, without a limit on requests, and ends it.
    /// - Parameter name: of the run; two swarms at once need two.
    static func with<Result>(
        _ testnet: Executable, named name: String = "bench", _ body: (RequestSwarm) throws -> Result
    ) throws -> Result {
        try Executable.inTemporaryDirectory { directory in
            let topology = "mode: subprocess\nnodes: {count: 5}\nstorage: {rateLimit: false}\n"
            try topology.write(
                to: directory.appendingPathComponent("bench.yaml"), atomically: true, encoding: .utf8)
            return try testnet.withNetwork(["bench.yaml"], named: name, in: directory) { status in
                let run = directory.appendingPathComponent("logs").appendingPathComponent(name)
                return try body(RequestSwarm(status: status, in: run))
            }
        }
    }

    private init(status: [String: Any], in directory: URL) throws {
        self.directory = directory
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
}
