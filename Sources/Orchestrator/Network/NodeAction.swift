/// What can be done to a node from outside.
public enum NodeAction: String, Sendable, CaseIterable {
    case kill
    case pause
    case resume
    case restart
}
