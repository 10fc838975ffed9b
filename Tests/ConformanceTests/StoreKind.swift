import CSQLite
import Foundation
import SessionProtocol
import Storage
import Testing

/// The stores that must answer alike.
enum StoreKind: String, CaseIterable, Sendable {
    case sqlite, simulated
}

/// A folder of its own, removed with the last who needs it.
private final class Folder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "conformance-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit {
        // A left-over directory in the system's temporary one fails no test.
        try? FileManager.default.removeItem(at: url)
    }
}

/// Where a store of one kind lies, and what can happen to it there. Removed with the test.
final class StorePlace {
    let kind: StoreKind
    private let capacity: Int
    private let simulated: SimulatedDisk
    private let folder: Folder
    private var directory: URL { folder.url }
    private var path: String
    private var copies = 0

    init(_ kind: StoreKind, capacity: Int = 3_758_096_384) throws {
        self.kind = kind
        self.capacity = capacity
        simulated = SimulatedDisk(capacityBytes: capacity)
        folder = try Folder()
        path = folder.url.appending(path: "storage.db").path
    }

    func open() throws -> any MessageStore {
        switch kind {
        case .sqlite:
            // The store keeps the folder: a test may have let go of this place by its last call.
            try SQLiteMessageStore.open(path: path, maximumBytes: capacity) { [folder] _ in
                withExtendedLifetime(folder) {}
            }.store
        case .simulated: try SimulatedMessageStore(disk: simulated)
        }
    }

    /// Ends the process that has the store open. SQLite's files as the operating system holds them are what SIGKILL
    /// leaves, so the next store gets a copy of those, made while the last one is open.
    func kill() throws {
        switch kind {
        case .sqlite: _ = try copyFiles()
        case .simulated: simulated.crash()
        }
    }

    /// Cuts the power so that the last commit, and no other, had not wholly reached the platter.
    func losePowerInLastCommit() throws {
        switch kind {
        case .sqlite:
            let log = try FileHandle(forUpdating: try copyFiles())
            try log.truncate(atOffset: try log.seekToEnd() - 100)
            try log.close()
        case .simulated: simulated.losePower(survivingCommits: simulated.unsyncedCommits - 1)
        }
    }

    /// - Returns: the copied log.
    private func copyFiles() throws -> URL {
        copies += 1
        let copy = directory.appending(path: "copy\(copies).db").path
        for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix) }
        path = copy
        return URL(filePath: copy + "-wal")
    }

    private static let refusals: [(name: String, change: String, table: String)] = [
        "messages", "removals", "revocations", "awaited_expiries", "standing_orders",
    ].flatMap { table in
        ["INSERT", "UPDATE", "DELETE"].map { ("refuse_\($0)_\(table)", $0, table) }
    }

    /// Lets every write fail until ``acceptWrites()``.
    func refuseWrites() throws {
        switch kind {
        case .sqlite:
            for (name, change, table) in Self.refusals {
                try run("CREATE TRIGGER \(name) BEFORE \(change) ON \(table) BEGIN SELECT RAISE(ABORT, 'no'); END")
            }
        case .simulated: simulated.failNextWrites(.max)
        }
    }

    func acceptWrites() throws {
        switch kind {
        case .sqlite: try run(Self.refusals.map { "DROP TRIGGER \($0.name)" }.joined(separator: ";"))
        case .simulated: simulated.failNextWrites(0)
        }
    }

    /// As another program with the file open.
    private func run(_ sql: String) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        try #require(sqlite3_open(path, &handle) == SQLITE_OK)
        try #require(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
    }
}
