import NodeRuntime

/// The event log could not be written, so no verdict can be drawn from it.
public struct LogIncomplete: Error, CustomStringConvertible {
    public let description: String
    /// Of the history as it happened, which memory has though the log has not.
    public let historyHash: HistoryHash
}
