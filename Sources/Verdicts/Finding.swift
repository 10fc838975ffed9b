import SessionProtocol

/// One thing that must not be, with what names it.
public struct Violation: Sendable, Equatable {
    /// The check that found it, set by ``Judgement``.
    public var check = ""
    /// The run's number of the message.
    public var message: Int64?
    public var account: AccountID?
    /// A node's name.
    public var node: String?
    /// A sentence: who, what, what was found.
    public var text: String

    init(_ text: String, message: Int64? = nil, account: AccountID? = nil, node: String? = nil) {
        self.text = text
        self.message = message
        self.account = account
        self.node = node
    }
}

/// What one check found.
public struct Finding: Sendable, Equatable {
    public var violations: [Violation] = []
    /// What could not be examined, and why.
    public private(set) var doubts: [String] = []
    /// What cannot be asked of anybody, and so was not examined, or could not be had of a server of another kind: no reason
    /// for doubt, but to be known.
    public private(set) var notes: [String] = []
    /// The doubts, to be found in: a large run may have a reason for every node, and meet it for every message.
    private var known: Set<String> = []

    init() {}

    /// Nothing could be examined.
    init(inconclusive reason: String) { doubt(reason) }

    public var verdict: Verdict {
        if !violations.isEmpty { return .violated }
        return doubts.isEmpty ? .holds : .inconclusive
    }

    mutating func note(_ text: String) { notes.append(text) }

    /// Each reason once, however many messages share it.
    mutating func doubt(_ reason: String) {
        if known.insert(reason).inserted { doubts.append(reason) }
    }
}
