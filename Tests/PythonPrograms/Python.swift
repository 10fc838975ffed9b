import Foundation

/// The Python of the virtual environment that `make test` makes.
public enum Python {
    /// Nothing made it yet.
    public struct Missing: Error, CustomStringConvertible {
        /// Where it is looked for.
        public let path: String

        public var description: String { "no \(path): run make test once, or Makefile.d/python.sh, which make it" }
    }

    /// How a script ended and what it wrote.
    public struct Outcome: Sendable, CustomStringConvertible {
        /// The exit status; 0 when everything it looks at held.
        public var status: Int32
        /// Its output.
        public var lines: [String]
        /// What it said of errors.
        public var errors: String

        public var description: String { "status \(status)\n\(lines.joined(separator: "\n"))\n\(errors)" }
    }

    /// The folder of the package.
    private static var package: URL {
        (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    }

    /// The interpreter.
    /// - Throws: ``Missing``
    public static func path() throws(Missing) -> String {
        let path = package.appending(path: ".build/python/bin/python3").path
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing(path: path) }
        return path
    }

    /// Runs a script to its end.
    /// - Parameter script: its path from the package's folder. It writes less than a pipe holds (64 KiB).
    /// - Throws: ``Missing``, and what starting a process throws.
    public static func run(_ script: String, _ arguments: [String]) async throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path())
        process.arguments = ["-B", file(script)] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            end.yield(process.terminationStatus)
            end.finish()
        }
        try process.run()
        var status: Int32 = -1
        for await code in ended { status = code }
        func text(_ pipe: Pipe) -> String { String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) }
        return Outcome(
            status: status, lines: text(output).split(separator: "\n").map(String.init), errors: text(errors))
    }

    /// A file or folder of the package, as a script can open it.
    public static func file(_ path: String) -> String { package.appending(path: path).path }
}
