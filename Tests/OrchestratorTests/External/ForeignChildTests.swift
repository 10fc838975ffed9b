import Glibc
import SessionProtocol
import Testing
import TimeLimits

@testable import Orchestrator

@Suite(.workLimit(minutes: 1)) struct ForeignChildTests {
    /// Starts a shell that is no program of ours, and waits for its first line.
    private func started(_ script: String) async throws -> (child: Child, children: ChildProcesses, line: String) {
        let (lines, continuation) = AsyncStream.makeStream(of: Bytes.self)
        let children = try ChildProcesses { continuation.yield($0) }
        let child = try await children.start(
            ChildProcesses.Command(
                executable: "/bin/sh", isOurs: false, arguments: ["-c", script], output: "/dev/null")
        ) { _ in }
        for await line in lines { return (child, children, String(decoding: line, as: UTF8.self)) }
        throw CancellationError()
    }

    private func ends(_ child: Child) -> Bool {
        var descriptor = pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 10_000) == 1
    }

    @Test(
        "A program that knows nothing of us ends with the thread that started it, and has nothing of how that is done")
    func endsWithItsParent() async throws {
        let (child, children, line) = try await started(
            "echo \"$$ ${TESTNET_PARENT-none} ${TESTNET_PROGRAM-none}\" >&3; exec sleep 600")
        #expect(line == "\(child.processID) none none")
        children.close()
        #expect(ends(child))
    }

    @Test("A program that knows nothing of us hears the signal that asks it to end")
    func hearsSignals() async throws {
        let (child, children, _) = try await started("echo ready >&3; exec sleep 600")
        children.signal(child, SIGTERM)
        #expect(ends(child))
        children.close()
    }
}
