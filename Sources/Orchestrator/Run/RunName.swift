import CHost
import Foundation

/// A run's name, held for one process beside the lock in its directory. The lock goes with a directory that is removed;
/// the name does not, so no second network starts beside one that is still ending. The kernel knows who holds it, and lets go
/// when that process ends.
final class RunName: Sendable {
    private let descriptor: Int32

    /// - Returns: `nil` where the system has no such names; then the lock alone decides.
    /// - Throws: ``RunError/held(name:by:)``
    init?(of directory: RunDirectory) throws(RunError) {
        guard let name = Self.name(of: directory) else { return nil }
        // Between its taking the name and its being known lie a few instructions of the other process.
        for _ in 0..<100_000 {
            let descriptor = chost_hold_name(name)
            if descriptor >= 0 {
                self.descriptor = descriptor
                return
            }
            guard errno == EADDRINUSE else { return nil }
            let holder = chost_name_holder(name)
            if holder > 0 { throw .held(name: directory.name, by: directory.description(ofHolder: holder)) }
            sched_yield()
        }
        throw .held(name: directory.name, by: "another process")
    }

    deinit { Glibc.close(descriptor) }

    /// The process that holds it; `nil` when nobody does, or the system cannot tell.
    static func holder(of directory: RunDirectory) -> Int32? {
        guard let name = name(of: directory) else { return nil }
        let holder = chost_name_holder(name)
        return holder > 0 ? holder : nil
    }

    /// By the folder itself and not by its path, which may be written in many ways.
    private static func name(of directory: RunDirectory) -> String? {
        var status = stat()
        guard stat(directory.parent, &status) == 0 else { return nil }
        return "testnet run \(status.st_dev):\(status.st_ino)/\(directory.name)"
    }
}

extension RunDirectory {
    /// Who a process is that holds the run: with what it said of itself, unless that is an earlier one's.
    func description(ofHolder process: Int32) -> String {
        let plain = "process \(process)"
        // A lock that is not there yet or not ours to read says nothing more.
        let text = (try? String(contentsOfFile: lock, encoding: .utf8)) ?? ""
        let said = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return said.hasPrefix("\(plain),") ? said : plain
    }
}
