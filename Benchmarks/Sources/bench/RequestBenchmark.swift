import Foundation
import NodeRuntime
import SessionClient
import SessionProtocol

/// What requests cost a swarm of five nodes, each a process of its own: CPU of all five together, without what they use when
/// idle, and how long a client waits. Nodes test each other meanwhile, as they do by default; no request is limited.
///
/// Clients are threads of this process with one keep-alive connection each. They make their requests before the clock starts
/// and read the answers after it stopped. They share the machine with the nodes, but their CPU is not counted.
struct RequestBenchmark {
    let testnet: Executable
    /// Of each kind and number of connections.
    let requests: Int
    let cipher: OnionCipher
    let kinds: [RequestKind]

    private static let warmup = 100
    private static let connectionCounts = [1, 8]
    /// Between the slowest hundredth and the median, at one connection.
    private static let mostSpread = 4.0

    func run() throws {
        try RequestSwarm.with(testnet) { swarm in
            Thread.sleep(forTimeInterval: 1)
            let idle = try swarm.idleRate(over: 4)
            print(
                "5 nodes, 1 KiB messages, onions \(cipher.rawValue), peer testing on, rate limit off; "
                    + "idle: \(Self.text(idle, 2)) ms CPU a second, all nodes together")
            Self.row([
                "", "connections", "requests/s", "p50 ms", "p99 ms", "CPU ms/request", "of the reference", "",
            ])
            for connections in Self.connectionCounts {
                for kind in kinds { try measure(kind, connections, swarm, idle: idle) }
            }
            let peaks = try swarm.nodes.map { try $0.kibibytes("VmHWM") / 1024 }
            print("peak memory of a node: " + peaks.map { Self.text($0, 1) }.joined(separator: ", ") + " MiB")
        }
    }

    private func measure(_ kind: RequestKind, _ connections: Int, _ swarm: RequestSwarm, idle: Double) throws {
        let clients = try (0..<connections).map { try client($0, kind, swarm) }
        for client in clients { try client.prepare(Self.warmup / connections + 10) }
        _ = Self.runAll(clients)
        for client in clients { try client.finish() }
        for client in clients { try client.prepare(requests / connections) }
        let before = try swarm.cpuMilliseconds()
        let seconds = Self.runAll(clients)
        let used = try swarm.cpuMilliseconds() - before - idle * seconds
        let waits = try clients.flatMap { try $0.finish() }.sorted()
        let cost = used / Double(waits.count)
        let (p50, p99) = (waits[waits.count / 2], waits[waits.count * 99 / 100])
        let share = cost / kind.referenceMilliseconds
        var verdict = "target \(Self.text(kind.targetShare, 2)) \(share <= kind.targetShare ? "met" : "MISSED")"
        if connections == 1, p99 > Self.mostSpread * p50 { verdict += ", p99 above 4 x p50" }
        Self.row([
            kind.rawValue, "\(connections)", Self.text(Double(waits.count) / seconds, 0), Self.text(p50, 2),
            Self.text(p99, 2), Self.text(cost, 3),
            "\(Self.text(share, 2)) of \(Self.text(kind.referenceMilliseconds, 2))", verdict,
        ])
    }

    /// Connections are spread over the nodes; each route goes on with the next two.
    private func client(_ index: Int, _ kind: RequestKind, _ swarm: RequestSwarm) throws -> RequestClient {
        let nodes = (0..<3).map { swarm.nodes[(index + $0) % swarm.nodes.count] }
        let randomness = SeededRandomness(seed: .random(in: .min ... .max))
        let connection = try RequestConnection(address: nodes[0].address, port: nodes[0].httpsPort)
        let mailbox = try RequestMailbox(randomness)
        for _ in 0..<RequestMailbox.messages {
            let message = mailbox.store(randomness.bytes(RequestMailbox.bytes), at: RequestClient.now)
            _ = try connection.exchange(connection.request("/storage_rpc/v1", message.utf8))
        }
        let author = RequestAuthor(
            kind: kind, route: nodes.map(\.keys), cipher: cipher, mailbox: mailbox, randomness: randomness)
        return RequestClient(connection: connection, author: author)
    }

    /// - Returns: seconds until the last is done.
    private static func runAll(_ clients: [RequestClient]) -> Double {
        let start = ContinuousClock.now
        let group = DispatchGroup()
        for client in clients {
            group.enter()
            let thread = Thread {
                client.run()
                group.leave()
            }
            thread.start()
        }
        group.wait()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func text(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    private static func row(_ columns: [String]) {
        printRow(columns, widths: [16, 12, 11, 8, 8, 15, 18, 0])
    }
}
