import Foundation
import Logging
import NodeRuntime
import Orchestrator
import SessionCrypto
import SessionProtocol
import Sockets
import Synchronization
import Testing
import TimeLimits

extension ExecutableTests {
    @Suite("A node that is killed again and again", .workLimit(minutes: 8)) struct KilledNode {
        private static let stores = 10_000
        private static let kills = 20
        private static let senders = 8
        private static let victim = "n3"

        @Test("Killed at 20 random moments of 10,000 stores, a node has every message it acknowledged, in a sound file")
        func acknowledgedIsKept() async throws {
            try await withRunFolder { folder in
                let settings = try runSettings(.subprocess, seed: 77, in: folder) { $0.nodes = .count(5) }
                try await Testnet.run(settings) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    let record = Record(victim: try await key(of: Self.victim, in: testnet))
                    let file = DeadNodeFile(settings.directory.node(Self.victim), folder: folder)
                    let killer = Killer(testnet: testnet, victim: Self.victim, file: file)
                    let moments = Self.moments()
                    let numbers = Numbers(below: Self.stores)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for sender in 0..<Self.senders {
                            group.addTask {
                                let sender = try await Sender(sender, to: testnet)
                                while let number = numbers.next() {
                                    record.stored(try await sender.store(number))
                                    if moments.contains(number) { try await killer.strike(record) }
                                }
                                await sender.close()
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(await killer.strikes == Self.kills)
                    let (acknowledged, all) = record.hashes
                    #expect(all.count == Self.stores)
                    // Or else the kills would have proved little. On a busy machine the victim is down for much of the time.
                    #expect(acknowledged.count > Self.stores / 5, "\(acknowledged.count)")

                    try await testnet.waitUntilSettled()
                    try await testnet.act(.kill, on: [Self.victim])
                    let missing = try await file.missing(all)
                    #expect(missing.isEmpty, "\(missing.count) messages never reached the node that came back")
                }
            }
        }

        /// After which stores the node is killed: anywhere in equal parts of the run, by a fixed seed.
        private static func moments() -> Set<Int> {
            var chance = SplitMix64(state: 2020)
            let part = stores / kills
            return Set((0..<kills).map { $0 * part + Int.random(in: 0..<part, using: &chance) })
        }

        private func key(of node: String, in testnet: Testnet) async throws -> String {
            try #require(await testnet.status().nodes.first { $0.name == node }).ed25519.hex
        }
    }
}

/// Who gets to store which message.
private final class Numbers: Sendable {
    private let count = Mutex(0)
    private let limit: Int

    init(below limit: Int) { self.limit = limit }

    func next() -> Int? {
        count.withLock { count in
            guard count < limit else { return nil }
            defer { count += 1 }
            return count
        }
    }
}

/// What the network said of every store.
private final class Record: Sendable {
    struct Answer {
        var hash: MessageHash
        /// Ed25519 keys in hex of the members that have the message.
        var holders: Set<String>
    }

    private let victim: String
    private let state = Mutex((acknowledged: Set<MessageHash>(), all: Set<MessageHash>()))

    init(victim: String) { self.victim = victim }

    func stored(_ answer: Answer) {
        state.withLock { state in
            state.all.insert(answer.hash)
            if answer.holders.contains(victim) { state.acknowledged.insert(answer.hash) }
        }
    }

    var hashes: (acknowledged: Set<MessageHash>, all: Set<MessageHash>) { state.withLock { $0 } }
}

/// Kills the node, looks at what is left of its file, and starts it again; one after another.
private actor Killer {
    private let testnet: Testnet
    private let victim: String
    private let file: DeadNodeFile
    private var turn: Task<Void, any Error>?
    private(set) var strikes = 0

    init(testnet: Testnet, victim: String, file: DeadNodeFile) {
        self.testnet = testnet
        self.victim = victim
        self.file = file
    }

    func strike(_ record: Record) async throws {
        let before = turn
        let now = Task {
            try await before?.value
            try await strikeNow(record)
        }
        turn = now
        try await now.value
    }

    private func strikeNow(_ record: Record) async throws {
        try await testnet.act(.kill, on: [victim])
        // Whatever it acknowledged until it is started again, it did before it was killed.
        let missing = try await file.missing(record.hashes.acknowledged)
        #expect(missing.isEmpty, "kill \(strikes + 1): \(missing.count) acknowledged messages are not in its file")
        strikes += 1
        try await testnet.act(.restart, on: [victim])
    }
}

/// Stores one message after another, each at the next node, whether that is up or not.
private struct Sender {
    private let transport: SocketTransport
    private let process: SocketProcess
    private let urls: [String]

    init(_ number: Int, to testnet: Testnet) async throws {
        process = try SocketProcess(threads: 1)
        let keys = try X25519KeyPair(secretKey: Bytes(repeating: UInt8(number + 1), count: 32))
        // An address of its own: nodes limit how much one may ask.
        let address = IPv4Address(127, 77, 0, UInt8(number + 1))
        transport = SocketTransport(
            SocketTransport.Configuration(address: address, keys: keys, name: "sender \(number)"), process: process,
            log: Logger(label: "sender") { _ in SwiftLogNoOpLogHandler() })
        urls = await testnet.status().nodes.map { "https://\($0.address):\($0.httpsPort)/storage_rpc/v1" }
    }

    func close() async {
        await transport.close()
        await process.shutdown()
    }

    /// Stores a message of 1 KiB at the first node that takes it.
    func store(_ number: Int) async throws -> Record.Answer {
        let data = Bytes("message \(number) ".utf8) + Bytes(repeating: UInt8(truncatingIfNeeded: number), count: 1000)
        let account = Hex.encode([5] + (0..<32).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) })
        let request: JSON = [
            "method": "store",
            "params": [
                "pubkey": .string(account), "data": .string(Base64.encode(data)), "ttl": 3_600_000,
                "timestamp": .integer(LiveClock().wallMilliseconds),
            ],
        ]
        var attempt = 0
        while true {
            defer { attempt += 1 }
            do {
                let post = OutgoingPost(
                    url: urls[(number + attempt) % urls.count], body: request.utf8, timeout: .seconds(20))
                let reply = try await transport.post(post)
                // A node that has just started does not know its swarm yet.
                guard reply.status == 200 else { continue }
                return try Self.answer(JSON(parsing: reply.body))
            } catch is TransportError {
                // It is dead or dies; the next one takes the message.
                continue
            }
        }
    }

    private static func answer(_ json: JSON) throws -> Record.Answer {
        let members = try #require(json["swarm"]?.asObject)
        return Record.Answer(
            hash: try #require(json["hash"]?.asString.flatMap { MessageHash(text: $0) }),
            holders: Set(members.filter { $0.value["signature"] != nil }.keys))
    }
}
