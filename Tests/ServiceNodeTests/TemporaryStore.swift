import Foundation
import Storage

/// A real store in a folder of its own, which goes with the last who uses the store.
final class TemporaryStore: Sendable {
    let messages: SQLiteMessageStore

    init() throws {
        let folder = try Folder()
        messages = try SQLiteMessageStore.open(path: folder.url.appending(path: "storage.db").path) { _ in
            withExtendedLifetime(folder) {}
        }.store
    }
}

private final class Folder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "service-node-\(UUID())")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            print("left \(url.path) behind: \(error)")
        }
    }
}
