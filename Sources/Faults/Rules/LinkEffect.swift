/// What a rule does to each message it matches. How several effects on one message add up is said at ``LinkRules``.
public enum LinkEffect: Sendable, Hashable {
    /// The message is lost, and nobody is told.
    case drop(Chance)
    /// It is under way for longer. The order on its connection stays.
    case delay(Latency)
    /// One more copy of it arrives, this much after the first.
    case duplicate(Chance, after: Latency = .none)
    /// It is under way for longer and free of the order: those sent after it may arrive first.
    case reorder(Chance, by: Latency)
    /// The link carries no more than this, each direction of each pair of addresses on its own. At least 1.
    case throttle(bytesPerSecond: Int)
    /// Nothing passes this way. The way back is another link.
    case cut
    /// The connection breaks for both ends, and what is under way or waiting on it fails. A ``Envelope/Kind/connect``
    /// is refused.
    case reset(Chance)

    /// What a throttle may be.
    public static let allowedThrottle = 1...Int.max
}

extension LinkEffect {
    /// Adds what this effect does to a message. Draws one number for a chance that is neither 0 nor 1, and then what
    /// its latency draws, if it has one and the chance has come true; it does not look at the verdict so far.
    func apply(to verdict: inout LinkVerdict, using generator: inout some RandomNumberGenerator) {
        switch self {
        case .drop(let chance):
            if chance.happens(using: &generator) { verdict.fate = max(verdict.fate, .dropped) }
        case .delay(let latency):
            verdict.delay += latency.sample(using: &generator)
        case .duplicate(let chance, let latency):
            if chance.happens(using: &generator) { verdict.copies.append(latency.sample(using: &generator)) }
        case .reorder(let chance, let latency):
            if chance.happens(using: &generator) {
                verdict.delay += latency.sample(using: &generator)
                verdict.isOutOfOrder = true
            }
        case .throttle(let bytesPerSecond):
            verdict.bytesPerSecond = min(verdict.bytesPerSecond ?? bytesPerSecond, bytesPerSecond)
        case .cut:
            verdict.fate = .cut
        case .reset(let chance):
            if chance.happens(using: &generator) { verdict.fate = max(verdict.fate, .reset) }
        }
    }
}
