import Foundation

/// Which run a verb means. There is one rule for all of them: the one that is named; else the only one that is up; with
/// several nobody guesses; with none it is the latest.
public struct RunChoice: Sendable, Equatable {
    public enum Reason: Sendable {
        case named
        case onlyOneUp
        /// No run is up.
        case latest
    }

    public var run: RunSummary
    public var reason: Reason

    /// - Parameter name: of the run; `nil` when none was named.
    /// - Throws: ``RunError/noRuns(parent:)``, ``RunError/ambiguous(runs:)``.
    ///   ``RunError/notYours(path:owner:)`` for another user's, ``RunError/othersOnly(parent:folders:)`` where there are
    ///   only such.
    public init(name: String?, in parent: String) throws {
        if let name {
            let directory = RunDirectory(name: name, parent: parent)
            try directory.requireOwn()
            self.init(run: RunSummary(directory), reason: .named)
        } else {
            let latest = RunDirectory.latest(in: parent).flatMap { latest in
                FileManager.default.fileExists(atPath: latest.path) ? latest : nil
            }
            let up = try RunSummary.up(in: parent)
            let closed = try up.isEmpty ? ClosedFolder.all(in: parent) : []
            // The latest of all tells nothing when it is another user's.
            if closed.count > 1, latest.map({ latest in closed.contains { $0.name == latest.name } }) ?? true {
                throw RunError.othersOnly(parent: parent, folders: closed)
            }
            try self.init(up: up, latest: latest.map(RunSummary.init), in: parent)
            try run.directory.requireOwn()
        }
    }

    init(run: RunSummary, reason: Reason) {
        self.run = run
        self.reason = reason
    }

    /// The rule for runs that were not named.
    init(up: [RunSummary], latest: RunSummary?, in parent: String) throws(RunError) {
        switch (up.first, latest) {
        case (let only?, _) where up.count == 1: self.init(run: only, reason: .onlyOneUp)
        case (_?, _): throw .ambiguous(runs: up)
        case (nil, let latest?): self.init(run: latest, reason: .latest)
        case (nil, nil): throw .noRuns(parent: parent)
        }
    }

    /// Says it when what is shown is not what is up: for whoever reads a run that is over.
    /// - Parameter up: runs that are.
    public func remark(up: [RunSummary]) -> String? {
        guard run.state == .over else { return nil }
        let others = up.map { "'\($0.name)'" }.joined(separator: ", ")
        let over = "the run '\(run.name)' is over"
        return others.isEmpty ? "no run is up; \(over)" : "\(over); up: \(others)"
    }
}
