import Foundation
import Orchestrator
import SessionProtocol
import Storage
import Testing

/// The database of a node that was killed.
struct DeadNodeFile: Sendable {
    private let file: String
    private let folder: String

    /// - Parameter folder: where copies go.
    init(_ node: NodeDirectory, folder: String) {
        file = node.database
        self.folder = folder
    }

    /// Which of these messages it lacks. Looks at a copy, which must be sound and show that it was not closed.
    func missing(_ hashes: Set<MessageHash>) async throws -> Set<MessageHash> {
        let copy = "\(folder)/copy-\(UUID().uuidString).db"
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: file + suffix) {
            try FileManager.default.copyItem(atPath: file + suffix, toPath: copy + suffix)
        }
        let (store, condition) = try SQLiteMessageStore.open(path: copy)
        #expect(condition == .checkedAfterUncleanStop)
        var missing = hashes
        var last: MessageHash?
        while case let entries = try await store.entries(after: last, limit: 1000), let end = entries.last {
            missing.subtract(entries.map(\.hash))
            last = end.hash
        }
        await store.close()
        return missing
    }

    /// Writes nonsense over its first pages, as a bad disk would.
    func damage() throws {
        let handle = try FileHandle(forUpdating: URL(filePath: file))
        try handle.write(contentsOf: Data(repeating: 0x55, count: 20_000))
        try handle.close()
        // Or else the good pages would come back from the log, where there is one.
        if FileManager.default.fileExists(atPath: file + "-wal") {
            try FileManager.default.removeItem(atPath: file + "-wal")
        }
    }
}
