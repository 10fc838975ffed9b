import NodeRuntime
import SessionProtocol

/// What a verification tells its user: the verdict, what it was reached on, and the times the run took.
public struct VerificationReport: Sendable {
    public var judgement: Judgement
    public var messages: MessageCounts
    /// `nil` when the log does not tell.
    public var seed: UInt64?
    public var mode: String?
    /// `real` or `modelled`: whether public-key operations were computed; `nil` when the log does not tell.
    public var crypto: String?
    /// Names the history the verdict was reached on; in a simulation the same seed gives the same.
    public var historyHash: HistoryHash
    public var nodes: Int
    public var swarms: Int
    /// From the start of the process, in a simulation of virtual time, until the network was ready; `nil` when it never was.
    public var readyMilliseconds: Int64?
    /// From the start of the process, in a simulation of virtual time, until a message was read by its recipient.
    public var firstMessageMilliseconds: Int64?
    /// How long stopping took; `nil` until it has stopped.
    public var downMilliseconds: Int64?
    public var unreadable: UnreadableLines

    /// The times are measured by whoever ran the network.
    public init(
        of history: History, checks: [any Check] = Judgement.everyCheck, readyMilliseconds: Int64? = nil,
        firstMessageMilliseconds: Int64? = nil, downMilliseconds: Int64? = nil
    ) {
        judgement = Judgement(of: history, by: checks)
        messages = MessageCounts(history)
        seed = history.run?.seed
        mode = history.run?.mode
        crypto = history.run?.crypto
        historyHash = history.hash
        nodes = history.nodes.count
        swarms = history.swarms?.keys.count { $0 != .unassigned } ?? 0
        unreadable = history.unreadable
        self.readyMilliseconds = readyMilliseconds
        self.firstMessageMilliseconds = firstMessageMilliseconds
        self.downMilliseconds = downMilliseconds
    }

    public var verdict: Verdict { judgement.verdict }
}
