/// Hashes of the last blocks a node knows, by height (storage-node §10.3).
struct RecentBlocks: Sendable {
    /// How many are kept.
    static let capacity = 30
    /// In ascending height.
    private var blocks: [(height: UInt64, hash: String)] = []

    /// A new top. What was above it belongs to another branch.
    mutating func advance(to height: UInt64, _ hash: String) {
        blocks.removeAll { $0.height >= height }
        blocks.append((height, hash))
        if blocks.count > Self.capacity { blocks.removeFirst() }
    }

    /// An older block that was asked for; one that is known stays.
    mutating func fill(_ height: UInt64, _ hash: String) {
        guard let top = blocks.last?.height, height < top, blocks.count < Self.capacity else { return }
        guard let position = blocks.firstIndex(where: { $0.height >= height }), blocks[position].height != height else {
            return
        }
        blocks.insert((height, hash), at: position)
    }

    /// 64 hex digits, as the ledger writes them.
    func hash(at height: UInt64) -> String? { blocks.last { $0.height == height }?.hash }

    /// The newest first.
    var heights: [UInt64] { blocks.reversed().map(\.height) }
}
