import Foundation

@testable import Orchestrator

/// A run's directory with these logs in it, byte for byte.
func withNodeLogs<Value>(
    _ logs: [String: String], _ body: (RunDirectory) async throws -> Value
) async throws -> Value {
    try await withFolder { folder in
        let directory = RunDirectory(name: "run", parent: folder)
        for (node, text) in logs { try writeLog(text, of: node, in: directory) }
        return try await body(directory)
    }
}

/// Makes a node's log, and whatever folders it needs.
func writeLog(_ text: String, of node: String, in directory: RunDirectory) throws {
    try FileManager.default.createDirectory(atPath: directory.node(node).path, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: directory.node(node).log))
}

/// Writes behind what stands in a file.
func append(_ bytes: some Sequence<UInt8>, to path: String) throws {
    guard let file = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
    try file.seekToEnd()
    try file.write(contentsOf: Data(bytes))
    try file.close()
}
