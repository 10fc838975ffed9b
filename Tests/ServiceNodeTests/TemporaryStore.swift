import Foundation
import Storage

/// A real store in a folder of its own.
final class TemporaryStore: Sendable {
    let messages: SQLiteMessageStore

    init() throws {
        let folder = StoreFolders.root.appending(path: "\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        messages = try SQLiteMessageStore.open(path: folder.appending(path: "storage.db").path).store
    }
}

/// Where all of them lie. It goes with the process: a node that is never closed and what it serves hold each other, and the
/// store with them.
private enum StoreFolders {
    static let root: URL = {
        atexit { StoreFolders.remove() }
        return FileManager.default.temporaryDirectory.appending(path: "service-node-\(getpid())")
    }()

    private static func remove() {
        do {
            try FileManager.default.removeItem(at: root)
        } catch {
            print("left \(root.path) behind: \(error)")
        }
    }
}
