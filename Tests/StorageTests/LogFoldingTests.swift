import Foundation
import SessionProtocol
import Testing

@testable import Storage

/// Folding a log in beside the store that writes it.
@Suite struct LogFoldingTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let beside: LogFolding.Beside = { work in Task.detached { work() } }

    private func bytes() throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: directory.path())[.size] as? Int)
    }

    /// A file whose rows are in the log.
    private func written() throws -> SQLiteConnection {
        let connection = try SQLiteConnection(path: directory.path(), busyTimeout: 0)
        try connection.writeAhead(toDo: "test")
        try connection.execute(
            "CREATE TABLE rows (content BLOB); INSERT INTO rows VALUES (zeroblob(100000))", toDo: "test")
        return connection
    }

    @Test("What was in the log is in the file, also while a transaction is under way, and then it is the store's turn")
    func folds() async throws {
        let connection = try written()
        #expect(try bytes() < 50_000)
        try connection.execute("BEGIN IMMEDIATE; INSERT INTO rows VALUES (zeroblob(10))", toDo: "test")
        let folding = LogFolding(path: directory.path(), beside: Self.beside)
        #expect(folding.begin() == .idle)
        while true {
            let phase = folding.begin()
            if phase == .done { break }
            #expect(phase == .underWay)
            await Task.yield()
        }
        #expect(try bytes() > 100_000)
        try connection.execute("COMMIT", toDo: "test")
        #expect(connection.foldInLog())
        let last = folding.begin()
        #expect(last == .idle, "it begins again")
        folding.end()
    }

    @Test("When the store has let go of the file nothing is done to it, and none is made in its place")
    func ends() async throws {
        let connection = try written()
        let folding = LogFolding(path: directory.path(), beside: Self.beside)
        folding.end()
        _ = folding.begin()
        while folding.begin() != .done { await Task.yield() }
        #expect(try bytes() < 50_000)
        withExtendedLifetime(connection) {}
        let elsewhere = LogFolding(path: directory.path("other.db"), beside: Self.beside)
        _ = elsewhere.begin()
        while elsewhere.begin() != .done { await Task.yield() }
        #expect(!FileManager.default.fileExists(atPath: directory.path("other.db")))
    }
}
