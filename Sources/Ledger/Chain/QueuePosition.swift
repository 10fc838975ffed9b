/// A place in the queue for rewards: who stands lowest is next, by key among equals (ledger §4.1).
public struct QueuePosition: Sendable, Hashable, Comparable {
    /// Of the block in which the node last won, or was last moved to the end.
    public var height: UInt64
    /// Of the transaction that set it; ``afterAll`` for a win, a recommission or a penalty.
    public var index: UInt32

    /// Behind every transaction of the block.
    public static let afterAll = UInt32.max

    public init(height: UInt64, index: UInt32) {
        self.height = height
        self.index = index
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.height, left.index) < (right.height, right.index)
    }
}
