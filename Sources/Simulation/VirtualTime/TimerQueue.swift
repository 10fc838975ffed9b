/// What falls due when, ordered by (deadline, sequence): of two timers for the same moment the one set first goes first.
///
/// Entries are plain numbers, so sifting touches no reference counts. A cancelled timer leaves its entry behind, which is
/// skipped, and swept out when such entries are the majority: most time-outs are cancelled long before they are due.
struct TimerQueue {
    /// Names a timer that was set. Its slot may be reused; the sequence number never is.
    struct ID: Sendable, Hashable {
        fileprivate var slot: Int32
        fileprivate var sequence: UInt64
    }

    private struct Entry {
        var deadline: Int64
        var sequence: UInt64
        var slot: Int32

        func precedes(_ other: Entry) -> Bool {
            deadline == other.deadline ? sequence < other.sequence : deadline < other.deadline
        }
    }

    private struct Slot {
        /// Of the timer in it; 0 when it is free.
        var sequence: UInt64
        var action: Action?
    }

    /// What happens at the deadline.
    enum Action {
        case call(() -> Void)
        case wake(Sleeper)
    }

    private var heap: ContiguousArray<Entry> = []
    private var slots: ContiguousArray<Slot> = []
    private var freeSlots: ContiguousArray<Int32> = []
    private var nextSequence: UInt64 = 0
    private var cancelled = 0

    /// Timers that are set and neither cancelled nor taken.
    var count: Int { heap.count - cancelled }

    /// Sets a timer.
    /// - Parameter deadline: nanoseconds of virtual time.
    mutating func set(_ action: Action, at deadline: Int64) -> ID {
        nextSequence += 1
        let slot: Int32
        if let free = freeSlots.popLast() {
            slot = free
            slots[Int(slot)] = Slot(sequence: nextSequence, action: action)
        } else {
            slot = Int32(slots.count)
            slots.append(Slot(sequence: nextSequence, action: action))
        }
        heap.append(Entry(deadline: deadline, sequence: nextSequence, slot: slot))
        siftUp(heap.count - 1)
        return ID(slot: slot, sequence: nextSequence)
    }

    /// - Returns: what would have happened; `nil` when it has already.
    mutating func cancel(_ id: ID) -> Action? {
        guard slots[Int(id.slot)].sequence == id.sequence else { return nil }
        let action = free(id.slot)
        cancelled += 1
        if cancelled > 64, cancelled > heap.count / 2 { sweep() }
        return action
    }

    /// When the next timer is due, in nanoseconds; `nil` when none is set.
    mutating func nextDeadline() -> Int64? {
        while let first = heap.first {
            if isSet(first) { return first.deadline }
            removeFirst()
            cancelled -= 1
        }
        return nil
    }

    /// Takes the timer that is due first; `nil` when none is set.
    mutating func popFirst() -> (deadline: Int64, action: Action)? {
        guard nextDeadline() != nil, let first = heap.first, let action = free(first.slot) else { return nil }
        removeFirst()
        return (first.deadline, action)
    }

    /// Those who sleep, with their deadlines, in the order of their waking.
    var sleepers: [(deadline: Int64, sleeper: Sleeper)] {
        heap.filter(isSet).sorted { $0.precedes($1) }.compactMap { entry in
            guard case .wake(let sleeper) = slots[Int(entry.slot)].action else { return nil }
            return (entry.deadline, sleeper)
        }
    }

    private func isSet(_ entry: Entry) -> Bool { slots[Int(entry.slot)].sequence == entry.sequence }

    private mutating func free(_ slot: Int32) -> Action? {
        freeSlots.append(slot)
        slots[Int(slot)].sequence = 0
        return slots[Int(slot)].action.take()
    }

    // MARK: The heap

    private mutating func sweep() {
        heap = heap.filter(isSet)
        cancelled = 0
        guard heap.count > 1 else { return }
        for index in stride(from: (heap.count - 2) / 4, through: 0, by: -1) { siftDown(index) }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown(0)
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        let entry = heap[index]
        while index > 0 {
            let parent = (index - 1) / 4
            guard entry.precedes(heap[parent]) else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        let entry = heap[index]
        while true {
            let firstChild = index * 4 + 1
            guard firstChild < heap.count else { break }
            var least = firstChild
            var child = firstChild + 1
            while child < min(firstChild + 4, heap.count) {
                if heap[child].precedes(heap[least]) { least = child }
                child += 1
            }
            guard heap[least].precedes(entry) else { break }
            heap[index] = heap[least]
            index = least
        }
        heap[index] = entry
    }
}
