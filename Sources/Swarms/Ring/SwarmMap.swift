import SessionProtocol

/// Which swarm stores an account's messages, for one set of swarms (storage-node §6). Looking up costs O(log n).
public struct SwarmMap: Sendable, Equatable {
    /// Ascending, each once, without ``SwarmID/unassigned``.
    public let ids: [SwarmID]

    /// Repeated ids count once, and ``SwarmID/unassigned``, which is no swarm, not at all.
    public init(_ ids: some Sequence<SwarmID>) {
        self.ids = Set(ids).subtracting([.unassigned]).sorted()
    }

    /// - Returns: `nil` only when there is no swarm.
    public func swarm(for account: AccountID) -> SwarmID? {
        swarm(at: SwarmPosition(account: account))
    }

    /// The id nearest to a position on the ring; the left one, counting downwards, wins a tie.
    /// - Returns: `nil` only when there is no swarm.
    public func swarm(at position: SwarmPosition) -> SwarmID? {
        guard let first = ids.first, let last = ids.last else { return nil }
        let found = firstIndex(notBelow: position.rawValue)
        let right = found < ids.count ? ids[found] : first
        let left = found > 0 ? ids[found - 1] : last
        let above = right.rawValue &- position.rawValue
        let below = position.rawValue &- left.rawValue
        return above < below ? right : left
    }

    private func firstIndex(notBelow value: UInt64) -> Int {
        var low = 0
        var high = ids.count
        while low < high {
            let middle = (low + high) / 2
            if ids[middle].rawValue < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
