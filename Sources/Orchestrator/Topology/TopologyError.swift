/// Everything that is wrong with a topology, in order of line.
public struct TopologyErrors: Error, Equatable, CustomStringConvertible {
    /// Never empty.
    public let errors: [TopologyError]

    /// - Parameter errors: at least one.
    public init(errors: [TopologyError]) { self.errors = errors }

    /// One error a line.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// One thing that is wrong with a topology: where, what, and what to do.
public struct TopologyError: Error, Equatable, CustomStringConvertible {
    /// What is wrong with a field.
    public enum Reason: Error, Equatable, Sendable {
        /// `nearest` is the known key that looks most like it.
        case unknownKey(nearest: String?, known: [String])
        case repeatedKey
        case missing(expected: String)
        case noValue(expected: String)
        case wrongKind(found: String, expected: String)
        case malformed(value: String, expected: String)
        case outOfRange(value: String, allowed: String, fallback: String?)
        case notAllowed(value: String, allowed: [String], nearest: String?)
        /// A value that is right only in a simulation.
        case onlySimulated(value: String, mode: String, instead: String)
        /// The stakes of all nodes and the treasury together are more than the ledger can count.
        case tooManyCoins(value: String, nodes: Int, supply: UInt64?, most: UInt64)
        case unknownNode(value: String, nearest: String?, known: String)
        case repeatedName(value: String, first: String)
        /// A command line of an external server without what it must be told.
        case missingPlaceholder(String)
        /// Something that no simulation can have.
        case neverSimulated
        /// The file as a whole, not a field.
        case invalidYAML(problem: String)
        case unreadable(problem: String)
    }

    /// The file's path as it was given, or the flag a value came from.
    public let source: String
    /// Counted from 1; `nil` for flags and for files that cannot be read.
    public let line: Int?
    /// The field's path: `nodes.count`, `nodes[2].name`. Empty for the file as a whole.
    public let field: String
    public let reason: Reason

    public init(source: String, line: Int?, field: String, reason: Reason) {
        self.source = source
        self.line = line
        self.field = field
        self.reason = reason
    }

    public var description: String {
        let place = line.map { "\(source):\($0):" } ?? (field.isEmpty ? "\(source):" : source)
        let subject = line == nil || field.isEmpty ? "" : "\(field) "
        return "\(place) \(subject)\(explanation)"
    }

    private var explanation: String { reason.text }
}

extension TopologyError.Reason {
    /// What is wrong, to follow the name of what it is about.
    var text: String {
        switch self {
        case .unknownKey(let nearest, let known):
            "is not a known key; " + (nearest.map { "did you mean '\($0)'?" } ?? "known here: \(list(known))")
        case .repeatedKey:
            "is given more than once; keep one"
        case .missing(let expected):
            "is missing; give \(expected)"
        case .noValue(let expected):
            "has no value; give \(expected), or remove the key"
        case .wrongKind(let found, let expected):
            "is \(found), not \(expected)"
        case .malformed(let value, let expected):
            "is '\(value)', not \(expected)"
        case .outOfRange(let value, let allowed, let fallback):
            "is \(value), outside \(allowed); choose one inside"
                + (fallback.map { ", or omit it for the default \($0)" } ?? "")
        case .notAllowed(let value, let allowed, let nearest):
            "is '\(value)', not one of \(list(allowed))" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        case .onlySimulated(let value, let mode, let instead):
            "is '\(value)', which needs mode simulated, and the mode is \(mode); change the mode, or give \(instead)"
        case .tooManyCoins(let value, let nodes, let supply, let most):
            "is \(value) coins, for \(nodes) nodes and "
                + (supply.map { "a supply of \($0)" } ?? "as many for the treasury")
                + " more than the \(most) coins a ledger can have; choose fewer"
        case .unknownNode(let value, let nearest, let known):
            "is '\(value)', which is no node; " + (nearest.map { "did you mean '\($0)'?" } ?? "the nodes are \(known)")
        case .repeatedName(let value, let first):
            "is '\(value)', the name of \(first) already; names must differ"
        case .missingPlaceholder(let placeholder):
            "has no \(placeholder); give it where the program takes that value"
        case .neverSimulated:
            "is a program of its own, which virtual time cannot hold, and the mode is simulated; change the mode to "
                + "in-process or subprocess, or remove it"
        case .invalidYAML(let problem):
            "not valid YAML: \(problem)"
        case .unreadable(let problem):
            problem
        }
    }

    private func list(_ words: [String]) -> String { words.joined(separator: ", ") }
}
