import Foundation
import Storage

/// A real store in a directory of its own, which goes with this value.
final class TemporaryStore: Sendable {
    let messages: SQLiteMessageStore
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "service-node-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        messages = try SQLiteMessageStore(path: directory.appending(path: "storage.db").path)
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: directory)
        } catch {
            print("left \(directory.path) behind: \(error)")
        }
    }
}
