/// Everything a ledger is told at its start.
public struct LedgerConfiguration: Sendable {
    /// When blocks are made.
    public enum BlockTime: Sendable, Equatable {
        /// Whenever something waits to be seen, all of it in one block.
        case auto
        /// Periodically, also without anything to tell.
        case every(Duration)
    }

    public var genesis: Genesis
    public var blockTime: BlockTime
    /// Where blocks are kept; `nil` keeps them nowhere.
    public var archive: (any BlockArchive)?
    /// With ``BlockTime/auto``, the block that makes new addresses visible waits until no proof came for this long, …
    public var proofQuiet: Duration
    /// … but no longer than this after the first, and not at all once every registered node has proved itself.
    public var proofLongestWait: Duration

    public init(
        genesis: Genesis, blockTime: BlockTime = .auto, archive: (any BlockArchive)? = nil,
        proofQuiet: Duration = .milliseconds(5), proofLongestWait: Duration = .milliseconds(30)
    ) {
        if case .every(let interval) = blockTime { precondition(interval > .zero, "blocks are some time apart") }
        self.genesis = genesis
        self.blockTime = blockTime
        self.archive = archive
        self.proofQuiet = proofQuiet
        self.proofLongestWait = proofLongestWait
    }
}
