/// `std::sort` as GNU's C++ library carries it out.
///
/// A sort that is not stable leaves equal elements in an order of its own, and the daemon's picks by place depend on it
/// (ledger §5.6). So every comparison and every move has to be the library's: median of three, then partition, heap sort
/// when that goes too deep, and one pass of insertion over what is nearly in order.
struct LibstdcxxSort<Element> {
    /// Shorter ranges are left to the insertion pass.
    private static var short: Int { 16 }

    private var list: [Element]
    private let precedes: (Element, Element) -> Bool

    static func sorted(_ list: [Element], by precedes: @escaping (Element, Element) -> Bool) -> [Element] {
        var sort = Self(list: list, precedes: precedes)
        sort.run()
        return sort.list
    }

    private mutating func run() {
        guard !list.isEmpty else { return }
        let depth = 2 * (Int.bitWidth - 1 - list.count.leadingZeroBitCount)
        introsort(0, list.count, depth: depth)
        insertGuarded(upTo: min(list.count, Self.short))
        for place in stride(from: Self.short, to: list.count, by: 1) { insertUnguarded(place) }
    }

    private mutating func introsort(_ first: Int, _ end: Int, depth: Int) {
        var end = end
        var depth = depth
        while end - first > Self.short {
            if depth == 0 {
                heapSort(first, end)
                return
            }
            depth -= 1
            let cut = partition(first, end)
            introsort(cut, end, depth: depth)
            end = cut
        }
    }

    /// Splits around the median of three, which goes to the range's start.
    private mutating func partition(_ first: Int, _ end: Int) -> Int {
        list.swapAt(first, median(first + 1, first + (end - first) / 2, end - 1))
        var left = first + 1
        var right = end
        while true {
            while precedes(list[left], list[first]) { left += 1 }
            right -= 1
            while precedes(list[first], list[right]) { right -= 1 }
            if left >= right { return left }
            list.swapAt(left, right)
            left += 1
        }
    }

    private func median(_ low: Int, _ middle: Int, _ high: Int) -> Int {
        if precedes(list[low], list[middle]) {
            if precedes(list[middle], list[high]) { return middle }
            return precedes(list[low], list[high]) ? high : low
        }
        if precedes(list[low], list[high]) { return low }
        return precedes(list[middle], list[high]) ? high : middle
    }

    private mutating func insertGuarded(upTo end: Int) {
        for place in stride(from: 1, to: end, by: 1) {
            if precedes(list[place], list[0]) {
                list.insert(list.remove(at: place), at: 0)
            } else {
                insertUnguarded(place)
            }
        }
    }

    /// Something that does not follow the element must stand before it.
    private mutating func insertUnguarded(_ place: Int) {
        let element = list[place]
        var hole = place
        while precedes(element, list[hole - 1]) {
            list[hole] = list[hole - 1]
            hole -= 1
        }
        list[hole] = element
    }

    private mutating func heapSort(_ first: Int, _ end: Int) {
        let count = end - first
        for parent in stride(from: (count - 2) / 2, through: 0, by: -1) {
            sink(list[first + parent], at: parent, first: first, count: count)
        }
        for last in stride(from: end - 1, to: first, by: -1) {
            let element = list[last]
            list[last] = list[first]
            sink(element, at: 0, first: first, count: last - first)
        }
    }

    /// Moves the hole down to a leaf along the larger children, then the element up from there.
    private mutating func sink(_ element: Element, at top: Int, first: Int, count: Int) {
        var hole = top
        var child = top
        while child < (count - 1) / 2 {
            child = 2 * (child + 1)
            if precedes(list[first + child], list[first + child - 1]) { child -= 1 }
            list[first + hole] = list[first + child]
            hole = child
        }
        if count.isMultiple(of: 2), child == (count - 2) / 2 {
            child = 2 * (child + 1) - 1
            list[first + hole] = list[first + child]
            hole = child
        }
        var parent = (hole - 1) / 2
        while hole > top, precedes(list[first + parent], element) {
            list[first + hole] = list[first + parent]
            hole = parent
            parent = (hole - 1) / 2
        }
        list[first + hole] = element
    }
}
