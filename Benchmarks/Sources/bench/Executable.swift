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

    /// Runs `body` with a network and ends that.
    /// - Parameters:
    ///   - arguments: of `up`, besides those for a network that runs on by itself under its name.
    ///   - body: gets what `status` says of it.
    func withNetwork<Result>(
        _ arguments: [String], named name: String = "bench", in directory: URL, _ body: ([String: Any]) throws -> Result
    ) throws -> Result {
        try run(["up"] + arguments + ["--detach", "--name", name], in: directory)
        defer {
            do {
                try run(["down", name], in: directory)
            } catch {
                print("still running: \(error)")
            }
        }
        return try body(try json(["status", "--name", name, "--json"], in: directory))
    }

    /// Runs `body` in a fresh directory that is removed afterwards.
    static func inTemporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        return try body(directory.url)
    }
}

/// A directory of its own for one measurement, which whoever makes it removes.
struct TemporaryDirectory {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    func remove() {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            print("left behind: \(url.path): \(error)")
        }
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
    printRow(columns, widths: resultWidths)
}

/// Of the columns of ``report(_:_:unit:target:)``, in characters.
let resultWidths = [54, 26, 18, 0]

/// Prints one line of a table.
/// - Parameter widths: of the columns, in characters; a longer text moves what comes after it.
func printRow(_ columns: [String], widths: [Int]) {
    print(
        zip(columns, widths).map { text, width in
            text + String(repeating: " ", count: max(0, width - text.count))
        }.joined(separator: " "))
}
