import Foundation
import NodeRuntime
import SessionProtocol
import Storage

/// A node's file with messages of 1 KiB: how fast they go in, alone and together, what room each takes, and what reading
/// the newest of one account costs when a hundred times as many messages surround them. Accounts take turns, so that the
/// messages of one lie on pages of their own.
struct StorageBenchmark {
    /// Fills one file with 2,500,000 messages under the default size limit.
    let includesLarge: Bool

    private static let perAccount = 1_000
    private static let pageOfMailbox = 100

    func run() async throws {
        try await stores()
        try await reads()
        if includesLarge { try await full() }
    }

    // MARK: Storing

    private func stores() async throws {
        let count = 20_000
        for writers in [1, 8, 64] {
            try await Self.inTemporaryStore { store in
                var traffic = Traffic(accounts: 100)
                let messages = (0..<count).map { _ in traffic.next() }
                let elapsed = try await ContinuousClock().measure {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for writer in 0..<writers {
                            group.addTask {
                                for index in stride(from: writer, to: count, by: writers) {
                                    let receipt = try await store.store(messages[index])
                                    guard receipt.outcome == .new else { throw BenchError("a message is not new") }
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                line("store, \(writers) at a time", "\(Int(Double(count) / (elapsed / .seconds(1)))) messages/s")
            }
        }
    }

    // MARK: Reading

    private func reads() async throws {
        try await Self.inTemporaryStore { store in
            var times: [Double] = []
            var filled = 0
            var traffic = Traffic(accounts: 10)
            for count in [10_000, 1_000_000] {
                traffic.accounts = count / Self.perAccount
                let elapsed = try await ContinuousClock().measure {
                    try await traffic.fill(store, with: count - filled)
                }
                let rate = Int(Double(count - filled) / (elapsed / .seconds(1)))
                filled = count
                let time = try await newestPage(of: traffic, in: store)
                times.append(time)
                line("\(count) messages, handed over", "\(rate) messages/s")
                line("\(count) messages, newest \(Self.pageOfMailbox) of one account", "\(Int(time)) µs")
            }
            let ratio = times[1] / times[0]
            line(
                "1,000,000 messages to 10,000", String(format: "%.2f times", ratio), target: "2 times", met: ratio <= 2)
            try await room(in: store)
        }
    }

    /// - Returns: the median time of reading an account's newest messages after a hash, in microseconds.
    private func newestPage(of traffic: Traffic, in store: SQLiteMessageStore) async throws -> Double {
        var samples = Samples(values: [])
        for round in 0..<201 {
            let account = traffic.account(round * 7_919 % traffic.accounts)
            let all = try await store.retrieve(
                account, .inbox, after: nil, limits: RetrieveLimits(maximumBytes: .max)
            ).messages
            guard all.count > Self.pageOfMailbox else { throw BenchError("an account has \(all.count) messages") }
            let last = all[all.count - Self.pageOfMailbox - 1].hash
            // What was just read lies in memory; another account's messages take its place.
            _ = try await store.retrieve(
                traffic.account((round * 7_919 + 1) % traffic.accounts), .inbox, after: nil,
                limits: RetrieveLimits(maximumBytes: .max))
            let clock = ContinuousClock()
            let start = clock.now
            let page = try await store.retrieve(account, .inbox, after: last, limits: RetrieveLimits())
            samples.values.append((clock.now - start) / .microseconds(1))
            guard page.messages == Array(all.suffix(Self.pageOfMailbox)) else { throw BenchError("a wrong page") }
        }
        return samples.median
    }

    // MARK: Room

    private func room(in store: SQLiteMessageStore) async throws {
        let statistics = try await store.statistics()
        let each = statistics.usedBytes / statistics.messages
        let fitting = SQLiteMessageStore.defaultMaximumBytes / each
        line("room for a message of 1 KiB", "\(each) bytes")
        line("fit under 3.5 GiB", "\(fitting) messages", target: "2,500,000", met: fitting >= 2_500_000)
    }

    private func full() async throws {
        try await Self.inTemporaryStore { store in
            var traffic = Traffic(accounts: 25_000)
            let elapsed = try await ContinuousClock().measure { try await traffic.fill(store, with: 2_500_000) }
            let statistics = try await store.statistics()
            line(
                "2,500,000 messages, handed over", "\(Int(2_500_000 / (elapsed / .seconds(1)))) messages/s",
                target: "all kept", met: statistics.messages == 2_500_000)
            line("they take", "\(statistics.totalBytes) of \(statistics.maximumBytes) bytes")
            let time = try await newestPage(of: traffic, in: store)
            line("2,500,000 messages, newest \(Self.pageOfMailbox) of one account", "\(Int(time)) µs")
            var added = 0
            do {
                while true {
                    try await traffic.fill(store, with: 1_000)
                    added += 1_000
                }
            } catch StorageError.full {
                let kept = try await store.statistics().messages
                line(
                    "more until the store is full", "\(added) messages", target: "none lost",
                    met: kept == 2_500_000 + added)
            }
        }
    }

    private static func inTemporaryStore(_ body: (SQLiteMessageStore) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = directory.url.appendingPathComponent("storage.db").path
        let store = try SQLiteMessageStore(path: path)
        try await body(store)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        guard size > 100_000_000 else { return await store.close() }
        await store.abandon()
        let clock = ContinuousClock()
        let start = clock.now
        guard case (let checked, .checkedAfterUncleanStop) = try SQLiteMessageStore.open(path: path) else {
            throw BenchError("a sound file was set aside, or an unclean stop not noticed")
        }
        line("integrity check of \(size / 1_000_000) MB", "\(Int((clock.now - start) / .milliseconds(1))) ms")
        await checked.close()
    }

    private func line(_ what: String, _ figure: String, target: String? = nil, met: Bool = true) {
        Self.line(what, figure, target: target, met: met)
    }

    private static func line(_ what: String, _ figure: String, target: String? = nil, met: Bool = true) {
        let columns = [what, figure] + (target.map { ["target \($0)", met ? "met" : "MISSED"] } ?? [])
        printRow(columns, widths: resultWidths)
    }
}

/// Messages of 1 KiB for accounts in turn.
private struct Traffic {
    var accounts: Int
    private var sent = 0
    private var chance = SplitMix64(state: 5)
    private let data = Bytes(repeating: 0x5a, count: 1_024)

    init(accounts: Int) { self.accounts = accounts }

    func account(_ number: Int) -> AccountID {
        var bytes = Bytes(repeating: 0x05, count: 33)
        withUnsafeBytes(of: number.bigEndian) { bytes.replaceSubrange(1..<9, with: $0) }
        guard let account = AccountID(bytes) else { preconditionFailure("33 bytes make an account") }
        return account
    }

    mutating func next() -> StoredMessage {
        var digest = Bytes()
        for _ in 0..<4 { withUnsafeBytes(of: chance.next()) { digest += $0 } }
        guard let hash = MessageHash(digest: digest) else { preconditionFailure("32 bytes make a hash") }
        sent += 1
        let now = 1_700_000_000_000 + Int64(sent)
        let lifetime = Int64.random(in: 1...14, using: &chance) * 86_400_000
        return StoredMessage(
            account: account(sent % accounts), namespace: .inbox, hash: hash, timestamp: now, expiry: now + lifetime,
            data: data)
    }

    mutating func fill(_ store: SQLiteMessageStore, with count: Int) async throws {
        var left = count
        while left > 0 {
            let batch = (0..<min(left, 1_000)).map { _ in next() }
            guard try await store.insert(batch).added == batch.count else { throw BenchError("a message is not new") }
            left -= batch.count
        }
    }
}
