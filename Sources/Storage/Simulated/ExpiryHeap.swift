/// Rows by the moment they fall due: the earliest is at hand at once.
///
/// A raised expiry leaves the entry where it is, too early by then, and a removed row leaves its entry behind; both are
/// found out when the entry comes up. A lowered one needs another entry, or the first would come up too late.
struct ExpiryHeap: Sendable {
    /// `expiry` in milliseconds since 1970.
    struct Entry: Sendable {
        var expiry: Int64
        var row: Int64
    }

    /// A binary heap: no entry is later than those at twice its position plus one and two.
    private var entries: [Entry] = []

    init() {}

    /// - Parameter rows: in any order.
    init(_ rows: some Sequence<Entry>) {
        // Sorted, an array is a heap.
        entries = rows.sorted { $0.expiry < $1.expiry }
    }

    var count: Int { entries.count }
    /// No row is due before this.
    var earliest: Int64? { entries.first?.expiry }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.expiry < entries[parent].expiry else { break }
            entries[child] = entries[parent]
            child = parent
        }
        entries[child] = entry
    }

    mutating func popEarliest() -> Entry? {
        guard let top = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else {
            entries = []
            return top
        }
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1].expiry < entries[child].expiry { child += 1 }
            guard entries[child].expiry < last.expiry else { break }
            entries[hole] = entries[child]
            hole = child
        }
        entries[hole] = last
        return top
    }
}
