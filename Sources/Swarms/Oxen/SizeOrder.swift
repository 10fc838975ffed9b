/// The swarms by ascending size, ties as told: the list from which the daemon picks by place (ledger §5.4, §5.6).
struct SizeOrder {
    private let sizes: [Int]
    private let ties: OxenPolicy.TieOrder
    /// How many swarms have the size that is the index.
    private let counts: [Int]

    /// - Parameter sizes: of the swarms by ascending id; at least one.
    init(_ sizes: [Int], ties: OxenPolicy.TieOrder) {
        self.sizes = sizes
        self.ties = ties
        var counts = [Int](repeating: 0, count: (sizes.max() ?? 0) + 1)
        for size in sizes { counts[size] += 1 }
        self.counts = counts
    }

    /// The size at a place of the ordered list, counted in hundredths of the way to its last place and rounded down.
    func size(atPercentile percentile: Int) -> Int {
        locate(percentile * (sizes.count - 1) / 100).size
    }

    /// How many swarms are not larger.
    func count(upTo size: Int) -> Int { counts[...size].reduce(0, +) }

    /// The whole list, as places in the list by id.
    var places: [Int] {
        switch ties {
        case .byID: (0..<sizes.count).sorted { (sizes[$0], $0) < (sizes[$1], $1) }
        case .libstdcxx: LibstdcxxSort.sorted(Array(0..<sizes.count)) { sizes[$0] < sizes[$1] }
        }
    }

    /// Who stands at a place of the list, as a place in the list by id.
    func place(ofRank rank: Int) -> Int {
        guard ties == .byID else { return places[rank] }
        // Counting finds one place in one walk; a joiner asks for no more.
        var (size, tiesBefore) = locate(rank)
        for (place, candidate) in sizes.enumerated() where candidate == size {
            if tiesBefore == 0 { return place }
            tiesBefore -= 1
        }
        preconditionFailure("rank \(rank) of \(sizes.count) swarms")
    }

    private func locate(_ rank: Int) -> (size: Int, tiesBefore: Int) {
        var below = 0
        for (size, count) in counts.enumerated() {
            if rank < below + count { return (size, rank - below) }
            below += count
        }
        preconditionFailure("rank \(rank) of \(sizes.count) swarms")
    }
}
