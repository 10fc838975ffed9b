import Foundation

/// How long a store takes while a member of its swarm is healthy, dead, or asleep. The client is curl: a new TLS connection a
/// store, to one member, for an account of its swarm.
struct FaultBenchmark {
    let testnet: Executable

    private static let stores = 5
    /// A namespace 0 account needs no signature; the text of a key is as good as a key.
    private static let account = "05" + String(repeating: "5a", count: 31) + "00"

    func run() throws {
        for mode in ["in-process", "subprocess"] { try measure(mode: mode) }
    }

    private func measure(mode: String) throws {
        try Executable.inTemporaryDirectory { directory in
            try testnet.withNetwork(["--mode", mode], in: directory) { status in
                let (entry, victim) = try members(status)
                let healthy = try stores(at: entry, failing: nil)
                report("store, \(mode), healthy swarm", healthy, unit: "ms", target: 200)
                try testnet.run(["node", "kill", victim.name, "--name", "bench"], in: directory)
                report(
                    "store, \(mode), a member killed", try stores(at: entry, failing: victim.key), unit: "ms",
                    target: 200)
                try testnet.run(["node", "restart", victim.name, "--name", "bench"], in: directory)
                try untilWhole(at: entry)
                try testnet.run(["node", "pause", victim.name, "--name", "bench"], in: directory)
                let first = Samples(values: [try store(at: entry, failing: victim.key)])
                report("store, \(mode), a member paused: first", first, unit: "ms", target: 5250)
                report(
                    "store, \(mode), a member paused: later", try stores(at: entry, failing: victim.key), unit: "ms",
                    target: 200)
            }
        }
    }

    private struct Member {
        let name: String
        let url: String
        let key: String
    }

    /// Two members of the swarm that owns the account: the one that is asked, and the one that suffers.
    private func members(_ status: [String: Any]) throws -> (entry: Member, victim: Member) {
        let nodes = (status["nodes"] as? [[String: Any]] ?? []).compactMap { node -> Member? in
            guard let name = node["name"] as? String, let ip = node["ip"] as? String,
                let port = node["httpsPort"] as? Int,
                let key = node["pubkeyEd25519"] as? String
            else { return nil }
            return Member(name: name, url: "https://\(ip):\(port)/storage_rpc/v1", key: key)
        }
        guard let any = nodes.first else { throw BenchError("the network has no nodes") }
        let (_, reply) = try post(["method": "get_swarm", "params": ["pubkey": Self.account]], to: any.url)
        let keys = (reply["snodes"] as? [[String: Any]] ?? []).compactMap { $0["pubkey_ed25519"] as? String }
        let swarm = nodes.filter { keys.contains($0.key) }
        guard swarm.count >= 2 else { throw BenchError("the account's swarm has \(swarm.count) members") }
        return (swarm[0], swarm[1])
    }

    private func stores(at entry: Member, failing victim: String?) throws -> Samples {
        Samples(values: try (0..<Self.stores).map { _ in try store(at: entry, failing: victim) })
    }

    /// Stores until every member does: one that is known to fail would not be waited for.
    private func untilWhole(at entry: Member) throws {
        let end = ContinuousClock.now + .seconds(30)
        while !(try attempt(at: entry).failed.isEmpty) {
            guard ContinuousClock.now < end else { throw BenchError("a restarted member is not back after 30 s") }
        }
    }

    /// - Returns: milliseconds.
    /// - Throws: when another member failed than the one that must.
    private func store(at entry: Member, failing victim: String?) throws -> Double {
        let (milliseconds, failed) = try attempt(at: entry)
        guard failed == (victim.map { [$0] } ?? []) else {
            throw BenchError("\(failed) failed, expected \(victim ?? "none")")
        }
        return milliseconds
    }

    /// - Returns: how long it took, and which members failed.
    private func attempt(at entry: Member) throws -> (milliseconds: Double, failed: [String]) {
        let body: [String: Any] = [
            "method": "store",
            "params": [
                "pubkey": Self.account, "timestamp": Int(Date().timeIntervalSince1970 * 1000), "ttl": 60_000,
                "data": Data(UUID().uuidString.utf8).base64EncodedString(),
            ] as [String: Any],
        ]
        let (milliseconds, reply) = try post(body, to: entry.url)
        let swarm = reply["swarm"] as? [String: [String: Any]] ?? [:]
        guard !swarm.isEmpty else { throw BenchError("\(entry.name) did not answer a store with its swarm") }
        return (milliseconds, swarm.filter { $0.value["failed"] != nil }.map(\.key))
    }

    private func post(_ body: [String: Any], to url: String) throws -> (milliseconds: Double, reply: [String: Any]) {
        let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        let output = try Executable(path: "/usr/bin/curl").run(
            ["--silent", "--insecure", "--max-time", "30", "--write-out", "\n%{time_total}", "--data", text, url],
            in: FileManager.default.temporaryDirectory)
        let lines = output.split(separator: "\n")
        guard lines.count == 2, let seconds = Double(lines[1]),
            let reply = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any]
        else { throw BenchError("\(url) answered: \(output)") }
        return (seconds * 1000, reply)
    }
}
