import Foundation
import Ledger
import SessionProtocol
import Storage
import Testing

/// What every archive of blocks does, whatever it is made of.
@Suite struct BlockArchiveTests {
    enum Kind: CaseIterable {
        case inMemory
        case file
    }

    /// An archive that can be opened again.
    final class Site {
        private let directory = FileManager.default.temporaryDirectory.appending(
            path: "block-archives-\(UUID().uuidString)")
        private let memory = InMemoryBlockArchive()
        private let kind: Kind

        init(_ kind: Kind) throws {
            self.kind = kind
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        }

        deinit {
            // A left-over directory in the system's temporary one fails no test.
            try? FileManager.default.removeItem(at: directory)
        }

        func open() throws -> any BlockArchive {
            switch kind {
            case .file: return try SQLiteBlockStore(path: directory.appending(path: "ledger.db").path)
            case .inMemory:
                memory.reopen()
                return memory
            }
        }
    }

    private static func blocks(_ heights: ClosedRange<UInt64>, _ mark: UInt8 = 0) -> [StoredBlock] {
        heights.map { StoredBlock(height: $0, content: [UInt8($0), mark]) }
    }

    @Test("What was kept is there after it was closed and opened again", arguments: Kind.allCases)
    func reopened(kind: Kind) throws {
        let site = try Site(kind)
        let first = try site.open()
        #expect(try first.identity(elseSetTo: [1]) == [1])
        try first.append(Self.blocks(0...3))
        try first.append([])
        first.close()
        let second = try site.open()
        #expect(try second.all() == Self.blocks(0...3))
        #expect(try second.identity(elseSetTo: [2]) == [1])
    }

    @Test(
        "Blocks that do not follow the last one are refused together with those beside them",
        arguments: Kind.allCases, [[4], [5], [7], [6, 8], [6, 6], [1 << 63]] as [[UInt64]])
    func gaps(kind: Kind, heights: [UInt64]) throws {
        let archive = try Site(kind).open()
        try archive.append(Self.blocks(2...5))
        let refused = heights.map { StoredBlock(height: $0, content: [9]) }
        #expect(throws: StorageError.self) { try archive.append(refused) }
        #expect(try archive.all() == Self.blocks(2...5))
    }

    @Test("A branch takes the place of what it replaces, or nothing changes", arguments: Kind.allCases)
    func branch(kind: Kind) throws {
        let archive = try Site(kind).open()
        try archive.append(Self.blocks(0...5))
        #expect(throws: StorageError.self) { try archive.replace(fromHeight: 3, with: Self.blocks(4...6, 1)) }
        #expect(try archive.all() == Self.blocks(0...5))
        try archive.replace(fromHeight: 4, with: Self.blocks(4...6, 1))
        #expect(try archive.all() == Self.blocks(0...3) + Self.blocks(4...6, 1))
        try archive.replace(fromHeight: 0, with: [])
        #expect(try archive.all() == [])
    }

    @Test("A closed archive refuses everything but being closed again", arguments: Kind.allCases)
    func closed(kind: Kind) throws {
        let archive = try Site(kind).open()
        archive.close()
        archive.close()
        #expect(throws: StorageError.closed) { try archive.append(Self.blocks(0...0)) }
        #expect(throws: StorageError.closed) { try archive.replace(fromHeight: 0, with: []) }
        #expect(throws: StorageError.closed) { _ = try archive.all() }
        #expect(throws: StorageError.closed) { _ = try archive.identity(elseSetTo: []) }
    }
}
