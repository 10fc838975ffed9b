/// One access of a store to its ``SimulatedDisk``.
public enum DiskOperation: Sendable, Equatable {
    /// Looking something up. A sweep that finds nothing due is answered from memory and reads nothing.
    case read
    /// Appending one transaction to the log; `bytes` is its size there.
    case write(bytes: Int)
    /// A checkpoint: what was written so far is forced to the platter.
    case sync
}

/// What a ``DiskBehaviour`` lets become of an operation.
public enum DiskOutcome: Sendable, Equatable {
    case proceeds
    /// It is refused with an I/O error and leaves no trace. A refused sync does not fail the write before it, as with
    /// SQLite's automatic checkpoints; it is tried again after the next write.
    case fails
    /// Half of a write reaches the disk before the I/O error; its missing commit mark gives it away and it is taken
    /// back. Reads and syncs fail.
    case tears
}

/// How a ``SimulatedDisk`` answers, by the simulation's own clock and chance.
public struct DiskBehaviour: Sendable {
    /// Called before each operation; a slow disk suspends inside. It runs on the store's actor, so that a call which
    /// does not suspend costs no change of executor. `nil` when every operation proceeds at once.
    public var before: (nonisolated(nonsending) @Sendable (DiskOperation) async -> DiskOutcome)?

    public init(before: (nonisolated(nonsending) @Sendable (DiskOperation) async -> DiskOutcome)?) {
        self.before = before
    }

    /// Every operation proceeds at once; a store on such a disk never suspends.
    public static let immediate = DiskBehaviour(before: nil)
}

/// What a killed process leaves of a write that it had begun and not yet acknowledged.
public enum WriteUnderWay: Sendable, Equatable, CaseIterable {
    /// Nothing.
    case lost
    /// A part, without its commit mark; the next store on the disk takes it back.
    case torn
    /// All of it, though nobody was told.
    case landed
}
