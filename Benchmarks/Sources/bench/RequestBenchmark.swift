import Foundation
import SessionProtocol

/// What requests cost a swarm of five nodes, each a process of its own: CPU of all five together, without what they use when
/// idle, and how long a client waits. Nodes test each other meanwhile, as they do by default; no request is limited.
///
/// Clients are threads of this process with one keep-alive connection each. They make their requests before the clock starts
/// and read the answers after it stopped. They share the machine with the subjects, but their CPU is not counted. Machines of
/// this kind differ by half from one minute to the next, so whatever is compared is measured in turns.
struct RequestBenchmark {
    let testnet: Executable
    /// Another build, whose requests are measured in turns with those of `testnet`.
    let other: Executable?
    /// Of each kind and number of connections, of each subject.
    let requests: Int
    let cipher: OnionCipher
    let kinds: [RequestKind]

    private static let connectionCounts = [1, 8]
    /// Turns of each kind and number of connections; the figures are medians of them.
    private static let turns = 5
    /// Times what nginx takes to say the same bytes.
    private static let mostOfServer = 2.0
    private static let widths = [10, 16, 12, 11, 8, 8, 15, 0]

    func run() throws {
        try RequestSwarm.with(testnet) { swarm in
            try withOther { other in
                let own = RequestSubject("testnet", swarm)
                try PlainAnswerServer.with(answerOf: own, in: swarm.directory) { try measure(own, other, $0) }
            }
            let peaks = try swarm.nodes.map { try $0.kibibytes("VmHWM") / 1024 }
            print("peak memory of a node: " + peaks.map { Self.text($0, 1) }.joined(separator: ", ") + " MiB")
        }
    }

    private func withOther(_ body: (RequestSubject?) throws -> Void) throws {
        guard let other else { return try body(nil) }
        try RequestSwarm.with(other, named: "bench-against") { try body(RequestSubject("against", $0)) }
    }

    private func measure(_ own: RequestSubject, _ other: RequestSubject?, _ server: RequestSubject?) throws {
        var own = own
        var other = other
        Thread.sleep(forTimeInterval: 1)
        try own.measureIdle(over: 4)
        try other?.measureIdle(over: 4)
        print(
            "5 nodes, 1 KiB messages, onions \(cipher.rawValue), peer testing on, rate limit off; "
                + "idle: \(Self.text(own.idle, 2)) ms CPU a second, all nodes together")
        if server == nil { print("nginx is not here, so info is compared with no other server; see `make nginx`") }
        printRow(
            ["", "", "connections", "requests/s", "p50 ms", "p99 ms", "CPU ms/request", ""],
            widths: Self.widths)
        for connections in Self.connectionCounts {
            for kind in kinds {
                let rivals = [other, kind == .info ? server : nil].compactMap { $0 }
                try measure(kind, connections, [own] + rivals)
            }
        }
    }

    /// - Parameter subjects: the first is the one the others are compared with.
    private func measure(_ kind: RequestKind, _ connections: Int, _ subjects: [RequestSubject]) throws {
        let clients = try subjects.map { try $0.clients(kind, connections: connections, cipher: cipher) }
        var turns = subjects.map { _ in [RequestSubject.Figures]() }
        for _ in 0..<Self.turns {
            for (index, subject) in subjects.enumerated() {
                turns[index].append(try subject.measure(clients[index], requests: requests / Self.turns))
            }
        }
        for (subject, figures) in zip(subjects, turns) {
            let ratio = turns[0].median(\.cost) / figures.median(\.cost)
            let rate = turns[0].median(\.requestsPerSecond) / figures.median(\.requestsPerSecond)
            let isServer = subject.name == PlainAnswerServer.name
            let verdict =
                subject.name == subjects[0].name
                ? ""
                : "\(subjects[0].name) takes \(Self.text(ratio, 2)) of its CPU"
                    + (isServer
                        ? ", target \(Self.text(Self.mostOfServer, 2)) \(ratio <= Self.mostOfServer ? "met" : "MISSED")"
                        : " at \(Self.text(rate, 2)) of its rate")
            printRow(
                [
                    subject.name, kind.rawValue, "\(connections)", Self.text(figures.median(\.requestsPerSecond), 0),
                    Self.text(figures.median(\.p50), 2), Self.text(figures.median(\.p99), 2),
                    Self.text(figures.median(\.cost), 3), verdict,
                ], widths: Self.widths)
        }
    }

    private static func text(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}

extension [RequestSubject.Figures] {
    fileprivate func median(_ figure: (RequestSubject.Figures) -> Double) -> Double {
        Samples(values: map(figure)).median
    }
}
