import Foundation
import Orchestrator
import Testing

extension ExecutableTests {
    @Suite("Clients that share no code with the nodes", .timeLimit(.minutes(2))) struct Interoperability {
        @Test(
            "A client in Python greets, stores, retrieves, is told of new messages, and sends an onion over three hops",
            arguments: [Topology.Mode.inProcess, .subprocess])
        func python(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                var topology = Topology()
                topology.mode = mode
                let settings = NetworkSettings(
                    topology: topology, seed: 31,
                    directory: RunDirectory(name: mode.rawValue, parent: "\(folder)/logs"),
                    executable: try Program.path())
                try await Testnet.run(settings) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    let seed = await testnet.status().ledger.rpcURL
                    let (status, held, problem) = try await Python.run(beside: #filePath, "outsider.py", [seed])
                    #expect(status == 0, "\(problem)\nafter:\n\(held)")
                    // The last of them; a script that ends early without an error must not pass.
                    #expect(held.last == "its push arrives too" && held.count == 20, "\(held)")
                }
            }
        }
    }
}

/// The Python of the virtual environment that `make test` makes.
enum Python {
    /// Runs a script that lies beside a source file.
    /// - Returns: exit status, lines of output, and what it said of errors.
    static func run(
        beside source: String, _ script: String, _ arguments: [String]
    ) async throws -> (status: Int32, lines: [String], errors: String) {
        let here = URL(fileURLWithPath: source).deletingLastPathComponent()
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let python = root.appendingPathComponent(".build/python/bin/python")
        try #require(
            FileManager.default.isExecutableFile(atPath: python.path),
            "no \(python.path): run make test once, which makes it")
        let process = Process()
        process.executableURL = python
        process.arguments = [here.appendingPathComponent(script).path] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            end.yield(process.terminationStatus)
            end.finish()
        }
        try process.run()
        // Both are far smaller than a pipe holds, so the script never waits for a reader.
        var status: Int32 = -1
        for await code in ended { status = code }
        func text(_ pipe: Pipe) -> String { String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) }
        return (status, text(output).split(separator: "\n").map(String.init), text(errors))
    }
}
