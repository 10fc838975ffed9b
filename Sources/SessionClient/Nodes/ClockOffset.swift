import SessionProtocol

/// How far the nodes' clocks are ahead of the client's (clients.md §3.8).
struct ClockOffset {
    /// Times before this come from no sane node.
    private static let earliest: Int64 = 1_609_419_600_000
    private var recent: [Int64] = []

    /// The median of the last five readings, so that one lying node moves nothing; 0 before any.
    var milliseconds: Int64 { recent.isEmpty ? 0 : recent.sorted()[recent.count / 2] }

    /// Takes the `t` of a reply that has just come.
    mutating func note(_ reply: JSON, at now: Int64) {
        guard let time = reply["t"]?.asInteger, time >= Self.earliest else { return }
        recent = recent.suffix(4) + [time - now]
    }
}
