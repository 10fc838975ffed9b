/// Why a run cannot start, or cannot be found.
public enum RunError: Error, Equatable, CustomStringConvertible {
    case held(name: String, by: String)
    /// The directory holds files that no run wrote.
    case foreignDirectory(path: String)
    case cannotWrite(path: String, reason: String)
    /// The directory of a run that was up is no longer where it was.
    case directoryLost(path: String)
    /// Another user's run, or a folder of runs that only another user may open.
    case notYours(path: String, owner: String)
    /// No run of this user's is there, and what other users' folders hold only they know.
    case othersOnly(parent: String, folders: [ClosedFolder])
    case notRunning(name: String, parent: String)
    /// No directory has that name.
    case noSuchRun(name: String, parent: String)
    /// Its process is there, and nobody can talk to it yet, or any more.
    case changing(name: String, holder: String)
    /// Its process is there and does not answer.
    case unresponsive(name: String, holder: String, after: Duration)
    /// No run was named, and several are up.
    case ambiguous(runs: [RunSummary])
    /// No run was named, none is up, and this one was the latest.
    case noneUp(latest: RunSummary)
    case noRuns(parent: String)
    /// It runs in virtual time, or did, so nobody can talk to it.
    case simulated(name: String, events: String)

    public var description: String {
        switch self {
        case .held(let name, let holder) where holder.contains("simulated"):
            "the run '\(name)' is under way, held by \(holder); wait for its end or choose another --name"
        case .held(let name, let holder):
            "the run '\(name)' is already up, held by \(holder); stop it with 'testnet down \(name)' or choose another --name"
        case .foreignDirectory(let path):
            "\(path) holds files that are not a run's, and a run would write among them; choose another --name or --logs"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .directoryLost(let path):
            "\(path) was moved or removed while its network was up; nobody could reach the network any more, so it ends"
        case .notYours(let path, let owner):
            "\(path) is not yours: it belongs to \(owner), and only \(owner) may use it; "
                + "start a network of your own in another folder with --logs"
        case .othersOnly(let parent, let folders):
            "no run in \(parent) is yours, and these are closed to you: "
                + folders.map(\.description).joined(separator: ", ")
                + "; start a network of your own in another folder with --logs"
        case .notRunning(let name, let parent):
            "the run '\(name)' in \(parent) is not up; start it with 'testnet up --name \(name)'"
        case .noSuchRun(let name, let parent):
            "there is no run '\(name)' in \(parent); start it with 'testnet up --name \(name)'"
        case .changing(let name, let holder):
            "the run '\(name)' is just starting or ending, held by \(holder); try again in a moment"
        case .unresponsive(let name, let holder, let limit):
            "the run '\(name)' did not answer within \(limit); it is held by \(holder)"
        case .ambiguous(let runs):
            (["several runs are up; name one with --name:"] + runs.map { "  \($0.name) · \($0.traits)" })
                .joined(separator: "\n")
        case .noneUp(let latest):
            "no run is up in \(latest.directory.parent): the latest, '\(latest.name)' (\(latest.traits)), is not up; "
                + "start it with 'testnet up --name \(latest.name)'"
        case .noRuns(let parent): "there is no run in \(parent); start one with 'testnet up'"
        case .simulated(let name, let events):
            "the run '\(name)' is a simulation, which runs in virtual time and takes no commands; its log is in \(events)"
        }
    }
}
