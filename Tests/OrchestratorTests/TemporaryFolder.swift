import Foundation

/// An empty folder that is removed afterwards.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "orchestrator-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The system clears its temporary folder anyway.
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}
