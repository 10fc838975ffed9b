import Foundation
import NodeRuntime
import SessionClient
import SessionProtocol

/// Whose requests are measured: a swarm of some build, or a web server that says what a node says.
struct RequestSubject {
    struct Entry {
        let address: String
        let port: UInt16
        /// Its place in onions.
        let keys: OnionNode
    }

    let name: String
    let entries: [Entry]
    let pids: [Int]
    /// Milliseconds of CPU a second that it uses while nobody asks it anything.
    private(set) var idle = 0.0

    private static let warmup = 100

    /// What requests of one kind cost and took.
    struct Figures {
        var requestsPerSecond: Double
        /// Milliseconds.
        var p50: Double
        /// Milliseconds.
        var p99: Double
        /// Milliseconds of CPU of all its processes, for each request.
        var cost: Double
    }

    init(_ name: String, _ swarm: RequestSwarm) {
        self.name = name
        entries = swarm.nodes.map { Entry(address: $0.address, port: $0.httpsPort, keys: $0.keys) }
        pids = swarm.nodes.map(\.pid)
    }

    init(_ name: String, entry: Entry, pid: Int) {
        self.name = name
        entries = [entry]
        pids = [pid]
    }

    mutating func measureIdle(over seconds: Double) throws {
        let before = try ProcessorTime.milliseconds(of: pids)
        Thread.sleep(forTimeInterval: seconds)
        idle = try (ProcessorTime.milliseconds(of: pids) - before) / seconds
    }

    /// The bytes that a node answers `info` with.
    func infoAnswer() throws -> Bytes {
        let connection = try RequestConnection(address: entries[0].address, port: entries[0].port)
        return try connection.exchange(
            connection.request("/storage_rpc/v1", Bytes(#"{"method":"info","params":{}}"#.utf8)))
    }

    /// Clients with a connection each, spread over the entries.
    func clients(_ kind: RequestKind, connections: Int, cipher: OnionCipher) throws -> [RequestClient] {
        let clients = try (0..<connections).map { try client($0, kind, cipher) }
        for client in clients { try client.prepare(Self.warmup / connections + 10) }
        _ = Self.runAll(clients)
        for client in clients { try client.finish() }
        return clients
    }

    /// - Parameter requests: of all clients together.
    func measure(_ clients: [RequestClient], requests: Int) throws -> Figures {
        for client in clients { try client.prepare(requests / clients.count) }
        let before = try ProcessorTime.milliseconds(of: pids)
        let seconds = Self.runAll(clients)
        let used = try ProcessorTime.milliseconds(of: pids) - before - idle * seconds
        let waits = try clients.flatMap { try $0.finish() }.sorted()
        return Figures(
            requestsPerSecond: Double(waits.count) / seconds, p50: waits[waits.count / 2],
            p99: waits[waits.count * 99 / 100], cost: used / Double(waits.count))
    }

    /// Each route goes on with the next two nodes.
    private func client(_ index: Int, _ kind: RequestKind, _ cipher: OnionCipher) throws -> RequestClient {
        let route = (0..<3).map { entries[(index + $0) % entries.count] }
        let randomness = SeededRandomness(seed: .random(in: .min ... .max))
        let connection = try RequestConnection(address: route[0].address, port: route[0].port)
        let mailbox = try RequestMailbox(randomness)
        if kind.readsMailbox {
            for _ in 0..<RequestMailbox.messages {
                let message = mailbox.store(randomness.bytes(RequestMailbox.bytes), at: RequestClient.now)
                _ = try connection.exchange(connection.request("/storage_rpc/v1", message.utf8))
            }
        }
        let author = RequestAuthor(
            kind: kind, route: route.map(\.keys), cipher: cipher, mailbox: mailbox, randomness: randomness)
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
}
