import Foundation
import SessionProtocol

/// Tells a run's directory from any other, and a run's own files in it from everybody else's: a claim removes those of the
/// run before, and nothing may be removed that no run wrote.
enum RunMark {
    private static let file = ".testnet-run"
    private static let text =
        "This directory was made by testnet, which removes its own files here when the run starts anew.\n"
    /// What a claim leaves in place: the lock that it holds, the output of the very process that claims, and the mark.
    private static let kept: Set = ["lock", "up.log", file]

    private static let files: Set = [
        "control.sock", "nodes", "tls", "events.jsonl", "topology.yaml", "topology.yaml.new", "\(file).new",
        "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite-journal",
    ]

    /// Marks a directory that was found to be a run's, or empty.
    static func write(in directory: RunDirectory) throws(RunError) {
        try OwnerOnly.write(Bytes(text.utf8), to: "\(directory.path)/\(file)")
    }

    /// - Throws: ``RunError/foreignDirectory(path:)`` for a directory that something other than a run made.
    static func require(in directory: RunDirectory) throws {
        guard FileManager.default.fileExists(atPath: directory.path) else { return }
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        guard files.isEmpty || isMarked(directory) || isOfOlderVersion(directory) || isUnfinished(directory, files)
        else {
            throw RunError.foreignDirectory(path: directory.path)
        }
    }

    private static func isMarked(_ directory: RunDirectory) -> Bool {
        contents("\(directory.path)/\(file)") == text
    }

    /// Up to 0.3.1 there was no mark: the lock named a process, and the log began with the run.
    private static func isOfOlderVersion(_ directory: RunDirectory) -> Bool {
        guard let lock = contents(directory.lock), lock.wholeMatch(of: /process \d+(, (simulated|rpc \S+))?\n?/) != nil,
            let log = FileHandle(forReadingAtPath: directory.events)
        else { return false }
        // Fields are in byte order, and the seed and mode of a run come before 1 KiB.
        let beginning = String(decoding: log.readData(ofLength: 1_024), as: UTF8.self)
        return beginning.split(separator: "\n").first?.contains("\"event\":\"runStarted\"") == true
    }

    /// A process that ended between making the directory and marking it left nothing of anybody's to lose.
    private static func isUnfinished(_ directory: RunDirectory, _ files: [String]) -> Bool {
        files == ["lock"] && contents(directory.lock)?.isEmpty == true
    }

    /// Of a regular file of a mark's size.
    private static func contents(_ path: String) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size < 4_096 else { return nil }
        return FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Removes what an earlier run left, sockets of a crashed one included.
    static func removeRemains(in directory: RunDirectory) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path)
        where isOfRun(name) && !kept.contains(name) {
            try FileManager.default.removeItem(atPath: "\(directory.path)/\(name)")
        }
    }

    /// Whether a run makes a file or folder of that name directly in its directory.
    static func isOfRun(_ name: String) -> Bool {
        kept.contains(name) || files.contains(name)
            // The draft of a certificate that was never put in place: mkdtemp has filled in six letters.
            || (name.hasPrefix("tls.") && name.utf8.count == 10)
    }
}
