/// Numbers, such as those of rows, by the moment each falls due: the earliest is at hand at once.
///
/// Something that falls due later than it was to can leave its entry where it is, too early by then, and something that is
/// gone can leave its entry behind; both are found out when the entry comes up. What falls due earlier needs another entry,
/// or the first would come up too late.
public struct DueHeap: Sendable {
    public struct Entry: Sendable {
        /// In whatever unit all entries share.
        public var due: Int64
        public var number: Int64

        public init(due: Int64, number: Int64) {
            self.due = due
            self.number = number
        }
    }

    /// A binary heap: no entry is later than those at twice its position plus one and two.
    private var entries: [Entry] = []

    public init() {}

    /// - Parameter unordered: in any order.
    public init(_ unordered: some Sequence<Entry>) {
        // Sorted, an array is a heap.
        entries = unordered.sorted { $0.due < $1.due }
    }

    public var count: Int { entries.count }
    /// Nothing is due before this.
    public var earliest: Int64? { entries.first?.due }

    public mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.due < entries[parent].due else { break }
            entries[child] = entries[parent]
            child = parent
        }
        entries[child] = entry
    }

    /// Takes out the entry that is due first.
    public mutating func popEarliest() -> Entry? {
        guard let top = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else {
            entries = []
            return top
        }
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1].due < entries[child].due { child += 1 }
            guard entries[child].due < last.due else { break }
            entries[hole] = entries[child]
            hole = child
        }
        entries[hole] = last
        return top
    }
}
