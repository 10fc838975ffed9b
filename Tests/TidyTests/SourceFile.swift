import Foundation

/// A file of the project, with its code, comments and text told apart, so that a rule looks only where it means to.
struct SourceFile: Sendable {
    /// From the root of the project, as `Sources/Swarms/Ring/SwarmMap.swift`.
    let path: String
    let lines: [String]
    /// The lines with comments and the text of literals blanked; every character keeps its place, counted in UTF-8.
    let code: [String]
    /// The lines with everything but comments blanked.
    let comments: [String]

    init(path: String, text: String) {
        self.path = path
        let bytes = Array(text.utf8)
        let views = SourceLexer.views(of: bytes)
        lines = Self.lines(of: bytes)
        code = Self.lines(of: views.code)
        comments = Self.lines(of: views.comments)
    }

    private static func lines(of bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    var components: [String] { path.split(separator: "/").map(String.init) }
    var isSwift: Bool { path.hasSuffix(".swift") }
    var isTest: Bool { components.first == "Tests" }
    /// `Swarms` for a file below `Sources/Swarms`; `nil` outside `Sources`.
    var module: String? { components.count > 2 && components[0] == "Sources" ? components[1] : nil }
    /// A newline at the end starts no further line.
    var lineCount: Int { lines.last == "" ? lines.count - 1 : lines.count }

    /// Whether a comment stands on the line or the one before. Lines count from 0.
    func isExplained(at line: Int) -> Bool {
        [line - 1, line].contains {
            comments.indices.contains($0) && comments[$0].contains("//") || hasText(comments, $0)
        }
    }

    private func hasText(_ lines: [String], _ line: Int) -> Bool {
        lines.indices.contains(line) && lines[line].contains { $0 != " " }
    }
}

/// Everything the rules read: what is written by hand, and no build product.
enum SourceTree {
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Read once; every rule shares it.
    static let files = Result { try read() }

    private static func read() throws -> [SourceFile] {
        var files: [SourceFile] = []
        for folder in ["Plugins", "Sources", "Tests", "Benchmarks", "topologies", ".ci", "Makefile.d"] {
            guard FileManager.default.fileExists(atPath: root.appending(path: folder).path) else { continue }
            let entries = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
            for entry in entries.sorted() where isRead(entry) { files.append(try read("\(folder)/\(entry)")) }
        }
        let top = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
        for entry in top where isRead(entry) || entry == "Makefile" { files.append(try read(entry)) }
        return files
    }

    private static func isRead(_ path: String) -> Bool {
        let generated = path.split(separator: "/").contains { $0 == ".build" || $0 == ".swiftpm" }
        return !generated && [".swift", ".c", ".h", ".md", ".yaml", ".sh", "run"].contains { path.hasSuffix($0) }
    }

    private static func read(_ path: String) throws -> SourceFile {
        SourceFile(path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
    }
}
