/// How to take back each of the last blocks.
struct BlockJournals: Sendable {
    private var ring: [(height: UInt64, journal: BlockJournal)?] = []

    /// - Returns: `nil` for a block that lies too deep, or is none.
    subscript(_ height: UInt64) -> BlockJournal? {
        get {
            let place = place(of: height)
            guard place < ring.count, let kept = ring[place], kept.height == height else { return nil }
            return kept.journal
        }
        set {
            let place = place(of: height)
            while ring.count <= place { ring.append(nil) }
            ring[place] = newValue.map { (height, $0) }
        }
    }

    /// How many blocks from this height downwards can be taken back.
    func reach(below height: UInt64) -> Int {
        var reach = 0
        while UInt64(reach) <= height, self[height - UInt64(reach)] != nil { reach += 1 }
        return reach
    }

    /// There is room for one more than can be asked for: the journal of a block that could not be kept, and is taken back at
    /// once, must not take the place of one that still can.
    private func place(of height: UInt64) -> Int { Int(height % UInt64(LedgerConstants.rememberedBlocks + 1)) }
}
