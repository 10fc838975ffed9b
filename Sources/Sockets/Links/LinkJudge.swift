import Faults
import NodeRuntime
import Synchronization

/// The link rules in force for some participants of a process. They may change while messages are judged.
public final class LinkJudge: Sendable {
    private let current: Mutex<LinkRules>
    private let randomness: any Randomness

    /// - Parameter randomness: what the rules' chances are drawn from.
    public init(_ rules: LinkRules = LinkRules(), randomness: any Randomness) {
        current = Mutex(rules)
        self.randomness = randomness
    }

    /// What is set holds for every message sent afterwards; those under way stay as they were judged.
    public var rules: LinkRules {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// What becomes of a message.
    /// - Returns: `nil` when there are no rules; then the envelope is not even made.
    func verdict(on envelope: () -> Envelope) -> LinkVerdict? {
        let rules = rules
        if rules.isEmpty { return nil }
        var chance = RandomSource(randomness)
        return rules.judge(envelope(), using: &chance)
    }
}
