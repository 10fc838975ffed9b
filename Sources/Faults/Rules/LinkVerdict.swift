/// What becomes of one message.
public struct LinkVerdict: Sendable, Equatable {
    /// Whether a message arrives; the later outranks the earlier.
    public enum Fate: Int, Sendable, Comparable, CaseIterable {
        /// It arrives.
        case delivered
        /// It is lost, as a packet is.
        case dropped
        /// It is lost and its connection breaks.
        case reset
        /// It is lost, as everything is that way.
        case cut

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Whether it arrives, and if not, what takes it.
    public var fate: Fate
    /// How much longer than the link's own time the message is under way.
    public var delay: Duration
    /// Whether those sent after it may arrive before it, and it before those sent earlier.
    public var isOutOfOrder: Bool
    /// One entry for each extra copy: how much longer than the link's own time that copy is under way, ``delay``
    /// included. In the order of the rules that made them.
    public var copies: [Duration]
    /// The narrowest throttle on its way; `nil` when there is none.
    public var bytesPerSecond: Int?

    /// Without arguments: the message passes as if there were no rules.
    public init(
        fate: Fate = .delivered, delay: Duration = .zero, isOutOfOrder: Bool = false, copies: [Duration] = [],
        bytesPerSecond: Int? = nil
    ) {
        self.fate = fate
        self.delay = delay
        self.isOutOfOrder = isOutOfOrder
        self.copies = copies
        self.bytesPerSecond = bytesPerSecond
    }
}
