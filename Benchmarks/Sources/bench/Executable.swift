import Foundation

/// The program under measurement.
struct Executable {
    let path: String

    /// Runs it to its end.
    /// - Returns: what it printed.
    /// - Throws: ``BenchError`` when it exits with anything but 0.
    @discardableResult
    func run(_ arguments: [String], in directory: URL) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw BenchError("testnet \(arguments.joined(separator: " ")) exited \(process.terminationStatus): \(text)")
        }
        return text
    }

    /// The last line as a JSON object.
    func json(_ arguments: [String], in directory: URL) throws -> [String: Any] {
        let lines = try run(arguments, in: directory).split(separator: "\n")
        guard let last = lines.last,
            let object = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
        else { throw BenchError("testnet \(arguments.joined(separator: " ")) printed no JSON object") }
        return object
    }

    /// Runs `body` in a fresh directory that is removed afterwards.
    static func inTemporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer {
            do {
                try FileManager.default.removeItem(at: directory)
            } catch {
                print("left behind: \(directory.path): \(error)")
            }
        }
        return try body(directory)
    }
}

/// Several measurements of one thing.
struct Samples {
    var values: [Double]

    var median: Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    func text(unit: String) -> String {
        "\(Int(median.rounded())) \(unit) (\(Int(values.min() ?? 0))–\(Int(values.max() ?? 0)))"
    }
}

/// One line of a result table: what, the figure, the target, and whether it was met.
func report(_ what: String, _ samples: Samples, unit: String, target: Double) {
    let verdict = samples.median <= target ? "met" : "MISSED by \(Int(samples.median - target)) \(unit)"
    let columns = [what, samples.text(unit: unit), "target \(Int(target)) \(unit)", verdict]
    let widths = [54, 26, 18, 0]
    print(
        zip(columns, widths).map { text, width in
            text + String(repeating: " ", count: max(0, width - text.count))
        }.joined(separator: " "))
}
