/// Values ordered by when they are due; equal times keep the order they came in.
///
/// Most deadlines are never reached: what they guard ends before. Such a value is skipped, so that nobody wakes up for
/// it, and thrown away before values like it are half of all.
struct DeadlineHeap<Value> {
    private struct Entry {
        let at: ContinuousClock.Instant
        let order: UInt64
        let value: Value

        func isEarlier(than other: Entry) -> Bool { at < other.at || at == other.at && order < other.order }
    }

    private var entries: [Entry] = []
    private var added: UInt64 = 0
    private var abandoned = 0
    private let isAbandoned: (Value) -> Bool

    private static var fewestSwept: Int { 64 }

    /// - Parameter isAbandoned: whether nothing is to be done any more when a value is due.
    init(isAbandoned: @escaping (Value) -> Bool = { _ in false }) { self.isAbandoned = isAbandoned }

    /// With those that are given up and not thrown away yet.
    var count: Int { entries.count }
    /// When the first one is due.
    var first: ContinuousClock.Instant? { entries.isEmpty ? nil : entries[0].at }

    mutating func add(_ value: Value, at: ContinuousClock.Instant) {
        added += 1
        entries.append(Entry(at: at, order: added, value: value))
        rise(from: entries.count - 1)
    }

    /// Takes out the first one if it is due at `now`.
    mutating func takeDue(at now: ContinuousClock.Instant) -> Value? {
        guard !entries.isEmpty, entries[0].at <= now else { return nil }
        let value = removeFirst()
        dropAbandoned()
        return value
    }

    /// One of the values has just become abandoned.
    mutating func sweep() {
        abandoned += 1
        dropAbandoned()
        guard abandoned > Self.fewestSwept, abandoned > entries.count / 2 else { return }
        // In order, they are a heap as they stand.
        entries = entries.filter { !isAbandoned($0.value) }.sorted { $0.isEarlier(than: $1) }
        abandoned = 0
    }

    /// So that the first one is always one that is waited for.
    private mutating func dropAbandoned() {
        while !entries.isEmpty, isAbandoned(entries[0].value) {
            _ = removeFirst()
            abandoned -= 1
        }
    }

    private mutating func removeFirst() -> Value {
        let last = entries.count - 1
        if last > 0 { entries.swapAt(0, last) }
        let value = entries.removeLast().value
        sink()
        return value
    }

    private mutating func rise(from index: Int) {
        var child = index
        while child > 0, entries[child].isEarlier(than: entries[(child - 1) / 2]) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            let left = parent * 2 + 1
            guard left < entries.count else { return }
            let right = left + 1
            let child = right < entries.count && entries[right].isEarlier(than: entries[left]) ? right : left
            guard entries[child].isEarlier(than: entries[parent]) else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
