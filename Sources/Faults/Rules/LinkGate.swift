import SessionProtocol

/// What most messages that a rule does not strike are told by, in a few comparisons of plain numbers: a message it
/// stops does not match, one it lets through may.
struct LinkGate: Sendable, Hashable {
    private let kinds: Envelope.Kinds
    private let from: ClosedRange<UInt32>
    private let to: ClosedRange<UInt32>
    private let opens: Duration
    private let closes: Duration

    init(_ rule: LinkRule) {
        kinds = rule.kinds
        from = rule.from.span
        to = rule.to.span
        opens = rule.window.from
        closes = rule.window.until ?? .seconds(Int64.max)
    }

    func lets(_ envelope: Envelope) -> Bool {
        from.contains(envelope.from.rawValue) && to.contains(envelope.to.rawValue)
            && kinds.contains(Envelope.Kinds(envelope.kind)) && envelope.at >= opens && envelope.at < closes
    }
}
