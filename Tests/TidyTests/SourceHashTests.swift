import Foundation
import Testing

/// The script that tells what a program was built from.
struct SourceHashTests {
    private static let script = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Makefile.d/source-hash.sh").path

    /// A package in a folder of its own, which is removed afterwards.
    private struct Package {
        let root: URL

        func write(_ text: String, to path: String) throws {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }

        /// What the script prints, without its newline.
        @discardableResult func run(_ arguments: String...) throws -> String {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = [SourceHashTests.script, root.path] + arguments
            process.standardOutput = pipe
            try process.run()
            let output = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
    }

    private func withPackage(_ body: (Package) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "source-hash-\(UUID().uuidString)")
        // The system clears its temporary folder anyway.
        defer { try? FileManager.default.removeItem(at: root) }
        let package = Package(root: root)
        try package.write("let a = 1\n", to: "Sources/A/a.swift")
        try package.write("let b = 1\n", to: "Sources/B/with space.swift")
        try package.write("// package\n", to: "Package.swift")
        try body(package)
    }

    @Test("A source that changes, moves, comes or goes changes the hash; the same sources have it anywhere")
    func changes() throws {
        try withPackage { package in
            let files = FileManager.default
            var hashes = [try package.run()]
            #expect(try #require(hashes.first).wholeMatch(of: /[0-9a-f]{12}/) != nil)
            let changes: [() throws -> Void] = [
                { try package.write("let a = 2\n", to: "Sources/A/a.swift") },
                { try package.write("// other package\n", to: "Package.swift") },
                { try package.write("", to: "Sources/C/module.modulemap") },
                {
                    try files.moveItem(
                        at: package.root.appending(path: "Sources/B/with space.swift"),
                        to: package.root.appending(path: "Sources/B/b.swift"))
                },
                { try files.removeItem(at: package.root.appending(path: "Sources/A/a.swift")) },
            ]
            for change in changes {
                try change()
                hashes.append(try package.run())
            }
            #expect(Set(hashes).count == changes.count + 1, "\(hashes)")
        }
        try withPackage { first in
            let hash = try first.run()
            try withPackage { second in
                let sameContent = try second.run()
                #expect(sameContent == hash)
            }
        }
    }

    @Test("A touched source, a test and an editor's file leave the hash as it is")
    func leaves() throws {
        try withPackage { package in
            let before = try package.run()
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1)],
                ofItemAtPath: package.root.appending(path: "Sources/A/a.swift").path)
            try package.write("x", to: "Tests/ATests/a.swift")
            try package.write("x", to: "Sources/A/.a.swift.swp")
            try package.write("x", to: "README.md")
            #expect(try package.run() == before)
        }
    }

    @Test("The generated file is written again only when the hash is another")
    func generated() throws {
        try withPackage { package in
            let output = package.root.appending(path: "build output/SourceHash.swift").path
            let old = Date(timeIntervalSince1970: 1)
            func date() throws -> Date? {
                try FileManager.default.attributesOfItem(atPath: output)[.modificationDate] as? Date
            }
            try package.run(output)
            #expect(try String(contentsOfFile: output, encoding: .utf8).contains("\"\(package.run())\""))
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: output)
            try package.run(output)
            #expect(try date() == old)
            try package.write("let a = 2\n", to: "Sources/A/a.swift")
            try package.run(output)
            #expect(try date() != old)
            #expect(try String(contentsOfFile: output, encoding: .utf8).contains("\"\(package.run())\""))
        }
    }
}
