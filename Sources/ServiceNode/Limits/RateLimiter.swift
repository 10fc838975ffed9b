import SessionProtocol
import Storage

/// A bucket for every address that asked for something lately (storage-node §12.1).
struct RateLimiter: Sendable {
    /// Addresses beyond these are refused until a bucket is full again and can go.
    static let capacity = 10_000
    /// From one clean-up to the next.
    static let cleanUpInterval = Duration.seconds(10)

    private var buckets: [IPv4Address: TokenBucket] = [:]
    /// Every bucket once, under a moment before which it cannot be full: those that can are found without looking at the
    /// others, however many new addresses come.
    private var filling = DueHeap()
    private var lastCleanUp = Duration.zero
    /// How often a bucket was looked at because it might have been full.
    private(set) var looks = 0

    /// Takes a token from the address's bucket.
    /// - Parameter now: the node's uptime.
    /// - Returns: whether the request may go on.
    mutating func admit(_ address: IPv4Address, at now: Duration) -> Bool {
        if now - lastCleanUp >= Self.cleanUpInterval { cleanUp(at: now) }
        let time = Self.microseconds(now)
        if let admitted = buckets[address]?.take(at: time) { return admitted }
        if buckets.count >= Self.capacity {
            cleanUp(at: now)
            guard buckets.count < Self.capacity else { return false }
        }
        let bucket = TokenBucket(firstTakenAt: time)
        buckets[address] = bucket
        filling.insert(DueHeap.Entry(due: bucket.fullAt, number: Int64(address.rawValue)))
        return true
    }

    /// How many addresses have a bucket.
    var count: Int { buckets.count }

    /// Drops full buckets: a new one is as good.
    private mutating func cleanUp(at now: Duration) {
        let time = Self.microseconds(now)
        while let earliest = filling.earliest, earliest <= time, let entry = filling.popEarliest() {
            let address = IPv4Address(UInt32(truncatingIfNeeded: entry.number))
            looks += 1
            guard let bucket = buckets[address] else { continue }
            if bucket.fullAt <= time {
                buckets[address] = nil
            } else {
                // It was used since, at least once for every such look.
                filling.insert(DueHeap.Entry(due: bucket.fullAt, number: entry.number))
            }
        }
        lastCleanUp = now
    }

    private static func microseconds(_ uptime: Duration) -> Int64 {
        let (seconds, attoseconds) = uptime.components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
