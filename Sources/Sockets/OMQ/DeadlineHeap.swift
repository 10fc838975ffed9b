/// Values ordered by when they are due; equal times keep the order they came in.
struct DeadlineHeap<Value> {
    private var entries: [(at: ContinuousClock.Instant, order: UInt64, value: Value)] = []
    private var added: UInt64 = 0

    /// When the first one is due.
    var first: ContinuousClock.Instant? { entries.first?.at }

    mutating func add(_ value: Value, at: ContinuousClock.Instant) {
        added += 1
        entries.append((at, added, value))
        var child = entries.count - 1
        while child > 0, isEarlier(child, (child - 1) / 2) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out the first one if it is due at `now`.
    mutating func takeDue(at now: ContinuousClock.Instant) -> Value? {
        guard let head = entries.first, head.at <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while let child = earlierChild(of: parent), isEarlier(child, parent) {
            entries.swapAt(child, parent)
            parent = child
        }
        return head.value
    }

    private func earlierChild(of parent: Int) -> Int? {
        let left = parent * 2 + 1
        guard left < entries.count else { return nil }
        return left + 1 < entries.count && isEarlier(left + 1, left) ? left + 1 : left
    }

    private func isEarlier(_ a: Int, _ b: Int) -> Bool {
        (entries[a].at, entries[a].order) < (entries[b].at, entries[b].order)
    }
}
