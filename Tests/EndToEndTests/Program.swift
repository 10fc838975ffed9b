import CHost
import Foundation
import SessionProtocol
import Synchronization
import Testing

/// The built executable, started in a folder of its own.
final class Program: Sendable {
    /// How a finished program ended and what it wrote.
    struct Outcome: CustomStringConvertible {
        /// The exit code; the negative signal number when a signal ended it.
        var code: Int32
        var output: String
        var errors: String

        var lines: [Substring] { output.split(separator: "\n") }

        /// The last line of its output.
        func json() throws -> JSON { try JSON(parsing: Bytes(try #require(lines.last).utf8)) }

        /// The errors with every break and indentation as one space: the command line's parser fills lines.
        var wordsOfErrors: String { errors.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

        var description: String { "exit \(code)\n\(output)\n\(errors)" }
    }

    /// It ended before it said what was waited for.
    struct EndedEarly: Error, CustomStringConvertible {
        let description: String
    }

    let processID: Int32
    private let output: Output
    private let errors: Output
    private let ended: AsyncStream<Int32>

    /// Beside the running test bundle.
    static func path() throws -> String {
        let bundle = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let path = bundle.deletingLastPathComponent().appendingPathComponent("testnet").path
        try #require(FileManager.default.isExecutableFile(atPath: path), "no executable at \(path)")
        return path
    }

    /// - Parameters:
    ///   - shell: what a shell does before it becomes the program, for instance setting a limit.
    ///   - file: the executable; `nil`: the built one where it was built.
    init(_ arguments: [String], in folder: String, shell: String? = nil, file: String? = nil) throws {
        let process = Process()
        let path = try file ?? Self.path()
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.executableURL = URL(fileURLWithPath: shell == nil ? path : "/bin/sh")
        process.arguments =
            shell.map { ["-c", "\($0) && exec \"$0\" \"$@\"", path] + arguments } ?? arguments
        process.standardInput = FileHandle.nullDevice
        let (outputPipe, errorPipe) = (Pipe(), Pipe())
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        ended = stream
        process.terminationHandler = { process in
            let status = process.terminationStatus
            continuation.yield(process.terminationReason == .exit ? status : -status)
            continuation.finish()
        }
        try process.run()
        processID = process.processIdentifier
        output = Output(outputPipe)
        errors = Output(errorPipe)
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], in folder: String, shell: String? = nil, file: String? = nil
    ) async throws -> Outcome {
        try await Program(arguments, in: folder, shell: shell, file: file).outcome()
    }

    /// Waits for its end. Nothing else may read its lines then.
    func outcome() async throws -> Outcome {
        for await code in ended {
            return Outcome(code: code, output: await output.all(), errors: await errors.all())
        }
        throw CancellationError()
    }

    /// Waits for a line of its output that contains a text.
    @discardableResult
    func line(containing text: String) async throws -> String {
        for await line in output.lines where line.contains(text) { return line }
        try Task.checkCancellation()
        throw EndedEarly(
            description: "it never said '\(text)':\n\(await output.all())\n\(await errors.all())")
    }

    func signal(_ number: Int32) { kill(processID, number) }
}

/// What a program writes, line by line, kept as a whole as well.
private final class Output: Sendable {
    let lines: AsyncStream<String>
    /// A letter of several bytes may come in pieces.
    private let bytes = Mutex(Bytes())
    private let end: AsyncStream<Void>

    init(_ pipe: Pipe) {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let (end, finish) = AsyncStream.makeStream(of: Void.self)
        self.lines = lines
        self.end = end
        let descriptor = dup(pipe.fileHandleForReading.fileDescriptor)
        let thread = Thread { [self] in
            var partial = Bytes()
            var buffer = Bytes(repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                bytes.withLock { $0 += buffer.prefix(count) }
                partial += buffer.prefix(count)
                while let newline = partial.firstIndex(of: UInt8(ascii: "\n")) {
                    line.yield(String(decoding: partial[..<newline], as: UTF8.self))
                    partial.removeSubrange(...newline)
                }
            }
            close(descriptor)
            line.finish()
            finish.finish()
        }
        thread.start()
    }

    /// Everything, once the program's last process has closed its end.
    func all() async -> String {
        for await _ in end {}
        return String(decoding: bytes.withLock { $0 }, as: UTF8.self)
    }
}
