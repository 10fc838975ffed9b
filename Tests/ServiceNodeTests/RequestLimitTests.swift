import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// How many requests a client may make, and how many a node takes on at once (storage-node §2.1, §2.2, §12.1).
struct RequestLimitTests {
    private static let address = IPv4Address(127, 0, 0, 9)

    @Test("A bucket holds six hundred, and one comes back every 3333 microseconds")
    func exactly() {
        var bucket = TokenBucket(firstTakenAt: 1000)
        func take(_ times: Int64...) -> [Bool] { times.map { bucket.take(at: $0) } }
        let burst = (0..<600).map { _ in bucket.take(at: 1000) }
        #expect(burst == Array(repeating: true, count: 599) + [false])
        #expect(take(4332, 4333, 4333) == [false, true, false])
        // Two periods bring two tokens; what had passed of the third is lost when one is taken.
        #expect(take(14_331, 14_331, 14_332, 17_664) == [true, true, false, true])
    }

    @Test(
        "However long a client waits, a bucket holds no more than six hundred",
        arguments: [3333 * 600, Int64.max] as [Int64])
    func full(time: Int64) {
        var bucket = TokenBucket(firstTakenAt: 0)
        for _ in 0..<600 { _ = bucket.take(at: 0) }
        #expect(bucket.fullAt == 3333 * 600)
        var taken = 0
        for _ in 0..<1000 where bucket.take(at: time) { taken += 1 }
        #expect(taken == TokenBucket.capacity)
    }

    @Test("A clock that goes back gives nothing and takes nothing away")
    func backwards() {
        var bucket = TokenBucket(firstTakenAt: 10_000_000)
        let taken = (0..<700).filter { _ in bucket.take(at: 5) }
        #expect(taken.count == 599)
        #expect(bucket.fullAt == 10_000_000 + 3333 * 600)
    }

    @Test(
        "No pattern of requests gets more than the capacity and what came back since, over any stretch",
        arguments: 0..<40)
    func never(seed: UInt64) {
        var source = RandomSource(SeededRandomness(seed: seed))
        var time: Int64 = 0
        var bucket = TokenBucket(firstTakenAt: 0)
        var taken: [Int64] = [0]
        for _ in 0..<4000 {
            // Bursts, a pace near the limit, and pauses.
            let longest: Int64 = [1, 2000, 6666, 100_000][Int.random(in: 0..<4, using: &source)]
            time += Int64.random(in: 0..<longest, using: &source)
            if bucket.take(at: time) { taken.append(time) }
        }
        #expect(taken.count > TokenBucket.capacity, "the limit was never reached")
        for first in stride(from: 0, to: taken.count, by: 7) {
            for last in stride(from: first, to: taken.count, by: 11) {
                let most = Int64(TokenBucket.capacity) + (taken[last] - taken[first]) / TokenBucket.period
                #expect(Int64(last - first + 1) <= most)
            }
        }
    }

    @Test("A client that polls slower than tokens come back is never refused")
    func steady() {
        var limiter = RateLimiter()
        let refused = (0..<5000).filter { !limiter.admit(Self.address, at: .microseconds(3333 * $0)) }
        #expect(refused.isEmpty)
    }

    @Test("Every address has a bucket of its own, loopback ones like any other")
    func apart() {
        var limiter = RateLimiter()
        let admitted = (0...600).map { _ in limiter.admit(.loopback, at: .zero) }
        #expect(admitted == Array(repeating: true, count: 600) + [false])
        let other = limiter.admit(Self.address, at: .zero)
        #expect(other)
    }

    @Test("Ten thousand addresses have buckets; one more is refused until buckets are full again and go")
    func crowded() {
        var limiter = RateLimiter()
        let refused = (0..<RateLimiter.capacity).filter { !limiter.admit(IPv4Address(UInt32($0)), at: .zero) }
        #expect(refused.isEmpty)
        let newcomer = IPv4Address(UInt32(RateLimiter.capacity))
        let early = limiter.admit(newcomer, at: .microseconds(3332))
        let known = limiter.admit(IPv4Address(0), at: .microseconds(3332))
        #expect(!early)
        #expect(known, "who has a bucket is served")
        #expect(limiter.count == RateLimiter.capacity)
        let late = limiter.admit(newcomer, at: .microseconds(3333))
        #expect(late)
        #expect(limiter.count == 2, "the newcomer's, and the one that was just used")
    }

    /// What the protocol says, word for word: every clean-up looks at every bucket.
    private struct PlainLimiter {
        private var buckets: [IPv4Address: TokenBucket] = [:]
        private var lastCleanUp: Int64 = 0

        mutating func admit(_ address: IPv4Address, at now: Int64) -> Bool {
            if now - lastCleanUp >= 10_000_000 { cleanUp(at: now) }
            if let admitted = buckets[address]?.take(at: now) { return admitted }
            if buckets.count >= RateLimiter.capacity {
                cleanUp(at: now)
                guard buckets.count < RateLimiter.capacity else { return false }
            }
            buckets[address] = TokenBucket(firstTakenAt: now)
            return true
        }

        private mutating func cleanUp(at now: Int64) {
            buckets = buckets.filter { $0.value.fullAt > now }
            lastCleanUp = now
        }
    }

    @Test(
        "A flood of new addresses is refused as if every bucket were looked at each time, and costs no such looks",
        arguments: 0..<4)
    func flood(seed: UInt64) {
        var source = RandomSource(SeededRandomness(seed: seed))
        var limiter = RateLimiter()
        var plain = PlainLimiter()
        var (time, admitted, refused) = (Int64(0), 0, 0)
        func ask(_ number: UInt32) {
            let address = IPv4Address(number)
            let isAdmitted = limiter.admit(address, at: .microseconds(time))
            if isAdmitted { admitted += 1 } else { refused += 1 }
            #expect(isAdmitted == plain.admit(address, at: time))
        }
        // Most use theirs some more, so that few are full soon, one after another.
        for number in 0..<UInt32(RateLimiter.capacity) {
            if number % 10 == 0 { time += 1 }
            for _ in 0..<(number % 50 == 0 ? 1 : 10) { ask(number) }
        }
        time += 2300
        for number in 0..<UInt32(300) {
            time += Int64.random(in: 0..<10, using: &source)
            ask(1_000_000 + number)
            ask(UInt32.random(in: 0..<UInt32(RateLimiter.capacity), using: &source))
        }
        #expect(refused > 50 && limiter.looks > 50, "the table was full, and some of it became free")
        #expect(limiter.looks <= admitted)
    }

    @Test("Full buckets are dropped every ten seconds, others kept")
    func cleanUp() {
        var limiter = RateLimiter()
        _ = limiter.admit(.loopback, at: .zero)
        for _ in 0..<600 { _ = limiter.admit(Self.address, at: .milliseconds(9000)) }
        let third = IPv4Address(10, 0, 0, 1)
        _ = limiter.admit(third, at: .milliseconds(9999))
        #expect(limiter.count == 3)
        _ = limiter.admit(third, at: .seconds(10))
        #expect(limiter.count == 2, "only the address that asked for nothing since is forgotten")
        let more = (0..<600).filter { _ in limiter.admit(Self.address, at: .seconds(10)) }
        #expect(more.count == 300, "the bucket was kept, and holds what came back in a second")
    }

    @Test("HTTPS and the message queue count apart, and neither counts onions, pings or node commands")
    func entrances() async throws {
        let peer = NodeKeys(networkSeed: 7, name: "sn2")
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(peer)]))
        let info = Bytes(#"{"method":"info","params":{}}"#.utf8)
        for _ in 0..<600 { #expect(await node.post("/storage_rpc/v1", info).status == 200) }
        let refused = await node.post("/storage_rpc/v1", info)
        #expect(refused.status == 429)
        #expect(refused.body == Bytes("Too Many Requests\n".utf8))
        #expect(!refused.closesConnection)

        #expect(try await node.call("info", [:]).count == 1, "the queue's bucket is another one")
        for _ in 0..<598 { _ = try await node.call("info", [:]) }
        #expect(try await node.call("batch", ["requests": [["method": "info", "params": [:]]]]).count == 1)
        #expect(try await node.call("info", [:]) == ["429", "Too many requests, try again later"])
        let odd = try await node.texts("storage.info", [[1], [2]])
        #expect(odd == ["429", "Too many requests, try again later"])

        #expect(try await node.texts("sn.ping", [], from: peer.x25519.publicKey) == ["pong"])
        let copy = try await node.texts(
            "sn.storage_cc", [Bytes("store".utf8), TestAccount().store().utf8], from: peer.x25519.publicKey)
        #expect(copy.count == 1)
        #expect(await node.post("/ping_test/v1", []).status == 200)
        let onion = try TestOnion(to: TestNode.keys.x25519.publicKey)
        let entry = onion.entry(onion.layer(["headers": [:]], blob: info))
        #expect(await node.post("/onion_req/v2", entry).status == 200)
        node.clock.advance(by: .microseconds(3333))
        #expect(await node.post("/storage_rpc/v1", info).status == 200)
        #expect(await node.post("/storage_rpc/v1", info).status == 429)
    }

    @Test("A batch counts once")
    func batches() async throws {
        let node = try TestNode()
        let batch: JSON = ["requests": .array(Array(repeating: ["method": "info", "params": [:]], count: 20))]
        for _ in 0..<600 { #expect(try await node.call("batch", batch).count == 1) }
        #expect(try await node.call("batch", batch).first == "429")
    }

    @Test("Limits can be switched off, and peers without an IPv4 address have none")
    func unlimited() {
        let off = RequestLimits(clock: TestClock(), isRateLimited: false)
        #expect((0..<700).allSatisfy { _ in off.admit(.loopback, at: .https) && off.admit(.loopback, at: .queue) })
        let on = RequestLimits(clock: TestClock(), isRateLimited: true)
        #expect((0..<700).allSatisfy { _ in on.admit(nil, at: .queue) })
        #expect(!(0..<700).allSatisfy { _ in on.admit(.loopback, at: .queue) })
    }

    @Test("A refused request is refused before long polling and the body's length are looked at, but after the address")
    func order() async throws {
        let node = try TestNode()
        for _ in 0..<600 { _ = node.state.limits.admit(.loopback, at: .https) }
        let headers = ["x-loki-long-poll": "1", "content-length": "bad"]
        #expect(await node.post("/storage_rpc/v1", [], headers: headers).status == 429)
        let head = HTTPRequestHead(method: "POST", path: "/storage_rpc/v1", headers: headers, clientAddress: nil)
        #expect(await node.http.respond(to: head, body: HTTPBody([])).status == 400)
    }

    @Test("With a thousand requests under way the next one is told that the server is busy, until one is done")
    func busy() async throws {
        let node = try TestNode()
        let body = Bytes("not JSON".utf8)
        let paths = ["/storage_rpc/v1", "/onion_req/v2"]
        try await running(RequestLimits.workers, at: node) {
            for path in paths {
                let reply = await node.post(path, body)
                #expect(reply.status == 503)
                #expect(reply.body == Bytes("Server busy, try again later".utf8))
                #expect(await node.post(path, body, headers: ["content-length": "x"]).status == 400)
            }
            #expect(await node.post("/ping_test/v1", []).status == 200)
        }
        try await running(RequestLimits.workers - 1, at: node) {
            #expect(await node.post("/storage_rpc/v1", body).body == Bytes("invalid json".utf8))
        }
    }

    /// Runs `body` while so many handlers are under way.
    private func running(_ count: Int, at node: TestNode, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        let outcome: Result<Void, any Error>? = await node.state.limits.asWorker {
            do {
                return .success(try await running(count - 1, at: node, body))
            } catch {
                return .failure(error)
            }
        }
        try #require(outcome, "no room for handler \(count)").get()
    }
}
