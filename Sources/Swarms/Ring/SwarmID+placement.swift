import SessionProtocol

extension SwarmID {
    /// The largest id a swarm may have; the one above it means "no swarm" (ledger §5.1).
    public static let largest = SwarmID(.max - 1)

    /// Where the next swarm goes: the middle of the widest gap between existing ids, on a ring of 2⁶⁴−1 positions
    /// (ledger §5.5).
    ///
    /// The first of equally wide gaps wins; the gap that wraps around counts last. Without any swarm the id is 0.
    public static func next(among existing: some Sequence<SwarmID>) -> SwarmID {
        let ids = existing.map(\.rawValue).sorted()
        guard let first = ids.first, let last = ids.last else { return SwarmID(0) }
        var widest: UInt64 = 0
        var start = first
        for (left, right) in zip(ids, ids.dropFirst()) where right - left > widest {
            widest = right - left
            start = left
        }
        let wrapping = largest.rawValue - last + first + 1
        if wrapping > widest {
            widest = wrapping
            start = last
        }
        let half = widest / 2
        let room = largest.rawValue - start
        return SwarmID(half > room ? half - room - 1 : start + half)
    }
}
