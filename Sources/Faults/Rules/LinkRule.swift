/// One thing that is wrong with some links: which messages it strikes, and what it does to them.
///
/// A message matches when all of sender, addressee, kind, name and time match. A rule means one direction: what goes
/// wrong both ways is two rules.
public struct LinkRule: Sendable, Hashable {
    /// By which it is replaced and removed; 1 to 64 bytes.
    public let name: String
    /// The senders it means.
    public let from: LinkParty
    /// The addressees it means.
    public let to: LinkParty
    /// The kinds of message it means; none when empty.
    public let kinds: Envelope.Kinds
    /// How ``Envelope/name`` must begin, byte for byte; `nil` for any.
    public let namePrefix: String?
    /// When it is in force.
    public let window: LinkWindow
    /// What it does to a message it strikes.
    public let effect: LinkEffect

    /// How many bytes of UTF-8 a rule's name may have.
    public static let allowedNameLength = 1...64

    /// What is left out means everything.
    ///
    /// A name or a throttle outside its limits is a mistake in the program and ends it; ``init(json:)`` is for rules
    /// from outside.
    public init(
        _ name: String, from: LinkParty = .any, to: LinkParty = .any, kinds: Envelope.Kinds = .all,
        namePrefix: String? = nil, window: LinkWindow = .always, effect: LinkEffect
    ) {
        precondition(Self.allowedNameLength.contains(name.utf8.count), "a rule's name has 1 to 64 bytes")
        if case .throttle(let bytesPerSecond) = effect {
            precondition(
                LinkEffect.allowedThrottle.contains(bytesPerSecond), "a throttle is at least 1 byte per second")
        }
        self.name = name
        self.from = from
        self.to = to
        self.kinds = kinds
        self.namePrefix = namePrefix
        self.window = window
        self.effect = effect
    }

    /// Whether it strikes a message. Draws nothing and allocates nothing.
    public func matches(_ envelope: Envelope) -> Bool {
        guard kinds.contains(Envelope.Kinds(envelope.kind)), window.contains(envelope.at), from.contains(envelope.from),
            to.contains(envelope.to)
        else { return false }
        guard let namePrefix else { return true }
        // A loop of our own: the generic comparison of two sequences takes several times as long.
        var rest = envelope.name.utf8.makeIterator()
        for byte in namePrefix.utf8 where rest.next() != byte { return false }
        return true
    }
}
