/// The rules in force, in order: a value, so that whoever judges with it does so undisturbed by later changes.
///
/// How the effects of all matching rules combine, whatever their order:
/// - ``LinkEffect/cut`` outranks ``LinkEffect/reset(_:)``, which outranks ``LinkEffect/drop(_:)``. A message that does
///   not arrive has only a fate: no delay, no copies, no throttle.
/// - Delays add up, those of ``LinkEffect/reorder(_:by:)`` included.
/// - Of throttles the narrowest counts.
/// - Every ``LinkEffect/duplicate(_:after:)`` adds its own copy or none. Copies are delayed as the first is, and by
///   their own time.
///
/// What is drawn: each matching rule draws for itself, in order, also when the message is lost already. A rule that
/// does not match draws nothing, and neither does one whose effect leaves nothing to chance (a cut, a throttle, a fixed
/// delay, a chance of 0 or 1). Adding such a rule, or one for other messages, leaves every other draw as it was.
public struct LinkRules: Sendable, Hashable {
    /// In the order in which they are asked. No two have the same name.
    public private(set) var all: [LinkRule] = [] {
        didSet { gates = all.map(LinkGate.init) }
    }

    /// One for each rule.
    private var gates: [LinkGate] = []

    /// No rules.
    public init() {}

    /// Adds each of `rules` in turn, as ``add(_:)`` does.
    public init(_ rules: some Sequence<LinkRule>) {
        for rule in rules { add(rule) }
    }

    /// Whether every message passes as if there were no rules.
    public var isEmpty: Bool { all.isEmpty }

    /// The rule of that name.
    public subscript(name: String) -> LinkRule? { all.first { $0.name == name } }

    /// Puts a rule last, or in the place of the one with its name.
    /// - Returns: the rule it replaced.
    @discardableResult
    public mutating func add(_ rule: LinkRule) -> LinkRule? {
        guard let index = all.firstIndex(where: { $0.name == rule.name }) else {
            all.append(rule)
            return nil
        }
        let replaced = all[index]
        all[index] = rule
        return replaced
    }

    /// - Returns: the rule that is gone, or `nil` when there was none of that name.
    @discardableResult
    public mutating func remove(_ name: String) -> LinkRule? {
        all.firstIndex { $0.name == name }.map { all.remove(at: $0) }
    }

    /// What becomes of a message. A pure function of rules, message and what the generator gives. Allocates only for
    /// extra copies.
    public func judge(_ envelope: Envelope, using generator: inout some RandomNumberGenerator) -> LinkVerdict {
        if all.isEmpty { return LinkVerdict() }
        var verdict = LinkVerdict()
        // The gates come first because looking at a rule copies it, its strings and lists counted.
        for index in gates.indices where gates[index].lets(envelope) && all[index].matches(envelope) {
            all[index].effect.apply(to: &verdict, using: &generator)
        }
        guard verdict.fate == .delivered else { return LinkVerdict(fate: verdict.fate) }
        for index in verdict.copies.indices { verdict.copies[index] += verdict.delay }
        return verdict
    }
}
