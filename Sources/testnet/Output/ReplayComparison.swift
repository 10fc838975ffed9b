import Orchestrator
import SessionProtocol

/// What a replay says about the history it had beside the one that was recorded.
struct ReplayComparison {
    /// `nil` if the replay had no history to compare.
    let isSame: Bool?
    private let historyHash: String?
    private let expected: String
    private let isOtherVersion: Bool
    private let difference: HistoryDifference.Recorded?

    /// - Parameters:
    ///   - historyHash: of the replay; `nil` if it broke off before it had a history.
    ///   - difference: looked for only if the histories differ.
    init(
        of historyHash: String?, with expected: String, isOtherVersion: Bool,
        difference: () throws -> HistoryDifference.Recorded?
    ) throws {
        isSame = historyHash.map { $0 == expected }
        self.historyHash = historyHash
        self.expected = expected
        self.isOtherVersion = isOtherVersion
        self.difference = isSame == false ? try difference() : nil
    }

    var fields: [String: JSON] {
        [
            "sameHistory": isSame.map(JSON.bool) ?? .null, "expectedHistoryHash": .string(expected),
            "firstDifference": difference?.difference?.json ?? .null,
            "recordedRun": difference.map { .string($0.run.name) } ?? .null,
        ]
    }

    var lines: [String] {
        guard let historyHash else { return ["nothing was compared: the replay broke off and left no history"] }
        guard historyHash != expected else { return ["the same history: \(expected)"] }
        let reason = isOtherVersion ? "; the version is another, too" : ""
        return ["another history: \(historyHash), not \(expected)\(reason)"] + whereTheyPart
    }

    private var whereTheyPart: [String] {
        guard let difference else { return ["no run in the logs has the recorded history, so no event can be shown"] }
        guard let first = difference.difference else {
            return ["the events of the run '\(difference.run.name)' are the same in everything a history covers"]
        }
        return ["the first event that differs from the run '\(difference.run.name)':", first.description]
    }
}
