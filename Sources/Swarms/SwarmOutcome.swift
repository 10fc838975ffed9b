/// What a block made of an assignment.
public struct SwarmOutcome<Node: Comparable & Hashable & Sendable>: Sendable, Equatable {
    /// Who belongs to which swarm after the block.
    public let assignment: SwarmAssignment<Node>
    /// How many random choices were made; one among a single candidate counts too.
    public let draws: Int

    init(_ assignment: SwarmAssignment<Node>, draws: Int) {
        self.assignment = assignment
        self.draws = draws
    }
}
