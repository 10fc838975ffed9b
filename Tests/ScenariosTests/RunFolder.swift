import Foundation

/// Gives a test a folder of its own for its runs, and removes it afterwards.
func withRunFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scenarios-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The system clears its temporary folder anyway.
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
}
