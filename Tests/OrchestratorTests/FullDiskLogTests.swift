import Foundation
import NodeRuntime
import SessionProtocol
import Sockets
import Testing
import TimeLimits

@testable import Orchestrator

/// What becomes of what cannot be written. `/dev/full` refuses every byte, as a full disk does.
@Suite(.workLimit(minutes: 1)) struct FullDiskLogTests {
    @Test("What does not fit into a pipe that is non-blocking is written once its reader takes something")
    func nonBlocking() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        try #require(fcntl(writer, F_SETFL, O_NONBLOCK) == 0)
        let bytes = Bytes((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        // Threads of their own: both block, and the tasks of other tests need theirs.
        async let read = onThread { () -> Bytes in
            var all = Bytes()
            var buffer = Bytes(repeating: 0, count: 4_096)
            while true {
                let count = Glibc.read(reader, &buffer, buffer.count)
                guard count > 0 else { return all }
                all += buffer.prefix(count)
            }
        }
        let failure = await onThread { () -> Int32 in
            defer { close(writer) }
            return WholeWrite.write(bytes, to: writer)
        }
        #expect(failure == 0)
        #expect(await read == bytes)
        close(reader)
    }

    @Test("Where nothing can be written, the reason is returned: a full disk, a reader that is gone, no descriptor")
    func reasons() throws {
        let full = open("/dev/full", O_WRONLY)
        #expect(WholeWrite.write([1], to: full) == ENOSPC)
        close(full)
        #expect(WholeWrite.write([1], to: -1) == EBADF)
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        #expect(WholeWrite.write([1], to: ends[1]) == EPIPE)
        close(ends[1])
    }

    @Test(
        "Lines that cannot be written wait and go in first, in their order, once there is room",
        arguments: [false, true])
    func waits(staysOpen: Bool) async throws {
        try await withFolder { folder in
            let path = "\(folder)/log"
            var file = AppendedFile(path: path, staysOpen: staysOpen, mostWaiting: 100)
            if staysOpen {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            } else {
                try #require(symlink("/dev/full", path) == 0)
            }
            for line in ["one\n", "two\n"] { file.append(Bytes(line.utf8)) }
            #expect(!file.isWhole && file.failure != nil)
            try FileManager.default.removeItem(atPath: path)
            file.append(Bytes("three\n".utf8))
            #expect(file.isWhole && file.failure == nil)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\nthree\n")
            file.close()
        }
    }

    @Test("What finds no place in memory either is counted, and the log never counts as whole again")
    func lost() async throws {
        try await withFolder { folder in
            let path = "\(folder)/log"
            try #require(symlink("/dev/full", path) == 0)
            var file = AppendedFile(path: path, staysOpen: false, mostWaiting: 8)
            for line in ["one\n", "two\n", "three\n"] { file.append(Bytes(line.utf8)) }
            #expect(file.lost == 1)
            try FileManager.default.removeItem(atPath: path)
            file.flush()
            #expect(file.lost == 1 && !file.isWhole)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\n")
        }
    }

    @Test(
        "A run's files are whole or as they were, and a failure has the system's own words", arguments: [true, false])
    func files(isBlocked: Bool) async throws {
        try await withFolder { folder in
            let path = "\(folder)/node.json"
            try OwnerOnly.write(Bytes("old".utf8), to: path)
            if isBlocked {
                // What takes the draft's place cannot be removed like a file.
                try FileManager.default.createDirectory(
                    atPath: "\(path).new", withIntermediateDirectories: false)
                #expect(throws: RunError.cannotWrite(path: path, reason: "File exists")) {
                    try OwnerOnly.write(Bytes("new".utf8), to: path)
                }
            } else {
                try OwnerOnly.write(Bytes("new".utf8), to: path)
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == (isBlocked ? "old" : "new"))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(left == ["node.json"] + (isBlocked ? ["node.json.new"] : []))
            try OwnerOnly.makeDirectory("\(folder)/a/b/c")
            try OwnerOnly.makeDirectory("\(folder)/a/b/c")
            #expect(throws: RunError.cannotWrite(path: "\(path)/x", reason: "Not a directory")) {
                try OwnerOnly.makeDirectory("\(path)/x")
            }
        }
    }

    @Test("A log says what it lacks while it lacks it, and who cannot write what it must keep")
    func lacks() async throws {
        try await withFolder { folder in
            let claim = try RunClaim(RunDirectory(name: "run", parent: folder))
            let log = try RunLog(claim.directory, clock: LiveClock())
            // A file stands where the node's folder would be made, so its log cannot be opened.
            let place = claim.directory.node("ghost").path
            try Data().write(to: URL(fileURLWithPath: place))
            log.record(Event(.nodeStarted, from: "ghost"))
            log.record(.writingFailed("no space", disk: true, of: "n1"))
            log.record(.writingFailed("its limit", disk: false, of: "ledger"))
            #expect(log.failure == nil, "a verdict needs the run's log, not a node's")
            #expect(log.lacks.count == 3)
            #expect(try #require(log.lacks.first).contains("ghost"))
            #expect(log.lacks.suffix(2) == ["ledger: its limit", "n1: no space"])
            #expect(log.diskTrouble(of: "n1") == "no space" && log.diskTrouble(of: "ledger") == nil)

            try FileManager.default.removeItem(atPath: place)
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            log.record(Event(.writingResumed, from: "ledger"))
            log.record(Event(.nodeStarted, from: "n1"))
            #expect(log.lacks == [])
            #expect(NodeLogTail.lines(of: "ghost", in: claim.directory, count: 9).count == 1)
        }
    }
}

/// Runs blocking code on a thread that nothing else needs.
private func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { waiter in
        Thread.detachNewThread { waiter.resume(returning: body()) }
    }
}
