import SessionProtocol

/// What can be done to a node from outside.
public enum NodeAction: String, Sendable, CaseIterable {
    case kill
    case pause
    case resume
    case restart
}

/// What became of one node.
public struct NodeChange: Sendable, Equatable {
    public var node: String
    /// `nil` for one that was no part of the network.
    public var before: NodeRunState?
    /// `nil` for one that is no part of it any more.
    public var after: NodeRunState?
    /// Whether it was started anew, and so is not what it was even if its state is.
    public var isStarted = false

    public var isChange: Bool { isStarted || before != after }

    var json: JSON {
        [
            "node": .string(node), "before": before.map { .string($0.rawValue) } ?? .null,
            "after": after.map { .string($0.rawValue) } ?? .null, "changed": .bool(isChange),
        ]
    }
}
