import Foundation
import NIOCore
import NIOPosix
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization
import Testing

@testable import Sockets

extension SocketsTests {
    /// A process whose tasks run where its messages come in, as each node's process does.
    @Suite struct TasksOnPollThread {
        /// Runs `body` with such a process, a transport in it that tells which thread it was asked on, and the name of the
        /// poll thread.
        private func withServer(
            _ number: UInt8,
            _ body: (SocketProcess, _ server: OMQPeer, _ url: String, _ thread: String) async throws -> Void
        ) async throws {
            let process = try SocketProcess(threads: 1, tasksOnPollThread: true)
            let address = IPv4Address(127, 7, 0, number)
            let transport = SocketTransport(
                .init(address: address, keys: try makeKeys(number), name: "server"), process: process,
                log: silentLogger)
            let ports = try await transport.open(
                TransportServices(
                    http: { _, _ in
                        HTTPReply(status: 200, body: Bytes(threadName().utf8))
                    },
                    omq: OMQService(commands: [
                        "echo.thread": .init(access: .anyone) { _ in [Bytes(threadName().utf8)] }
                    ])))
            let thread = await withTaskExecutorPreference(process.taskExecutor) {
                await Task.yield()
                return threadName()
            }
            let peer = OMQPeer(
                address: address, port: try #require(ports.omq), publicKey: try makeKeys(number).publicKey)
            try await body(process, peer, "http://\(address):\(try #require(ports.http))/", thread)
            await transport.close()
            await process.shutdown()
        }

        @Test("What is asked runs on the thread that waits for messages or on HTTP's, and nowhere else")
        func oneThread() async throws {
            let client = try await Participant(95)
            try await withServer(96) { process, server, url, thread in
                let loop = try await process.group.next().submit { threadName() }.get()
                for _ in 0..<20 {
                    let reply = await client.transport.request(server, "echo.thread", [], timeout: .seconds(60))
                    // HTTP's thread takes what waits along when it runs a request of its own.
                    #expect([loop, thread].map { OMQOutcome.reply([Bytes($0.utf8)]) }.contains(reply))
                    let http = try await client.transport.post(OutgoingPost(url: url, body: [], timeout: .seconds(60)))
                    // The poll thread takes it along if it is at a task just then.
                    #expect([loop, thread].contains(String(decoding: http.body, as: UTF8.self)))
                }
            }
            await client.transport.close()
        }

        /// What tasks of many bringers note of each other.
        private final class Seen: Sendable {
            let running = Atomic(0)
            let overlaps = Atomic(0)
            let order = Mutex<[Int: [Int]]>([:])
        }

        @Test("However many threads bring tasks, one runs them at a time, and in their order")
        func oneAtATime() async throws {
            let process = try SocketProcess(threads: 1, tasksOnPollThread: true)
            let thread = try #require(process.servingThread)
            let seen = Seen()
            await withTaskGroup(of: Void.self) { group in
                for bringer in 0..<4 {
                    group.addTask {
                        let (done, finish) = AsyncStream.makeStream(of: Void.self)
                        for number in 0..<200 {
                            // Every other one is left to the poll thread.
                            let keeps = number.isMultiple(of: 2) && thread.promiseToRun()
                            Task(executorPreference: thread) {
                                if seen.running.add(1, ordering: .relaxed).newValue != 1 {
                                    seen.overlaps.add(1, ordering: .relaxed)
                                }
                                seen.order.withLock { $0[bringer, default: []].append(number) }
                                seen.running.subtract(1, ordering: .relaxed)
                                finish.yield()
                            }
                            if keeps { thread.keepPromise() }
                        }
                        var count = 0
                        for await _ in done {
                            count += 1
                            if count == 200 { break }
                        }
                    }
                }
            }
            #expect(seen.overlaps.load(ordering: .relaxed) == 0)
            for bringer in 0..<4 { #expect(seen.order.withLock { $0[bringer] } == Array(0..<200)) }
            await process.shutdown()
        }

        @Test("Tasks that never rest leave the sockets their turn")
        func restless() async throws {
            let client = try await Participant(97)
            try await withServer(98) { process, server, _, thread in
                let isOver = Mutex(false)
                async let restless: Void = withTaskExecutorPreference(process.taskExecutor) {
                    while !isOver.withLock({ $0 }) { await Task.yield() }
                }
                let reply = await client.transport.request(server, "echo.thread", [], timeout: .seconds(60))
                #expect(reply == .reply([Bytes(thread.utf8)]))
                isOver.withLock { $0 = true }
                await restless
            }
            await client.transport.close()
        }

        @Test("A task on the thread may end the thread, and goes on elsewhere")
        func shutdown() async throws {
            let process = try SocketProcess(threads: 1, tasksOnPollThread: true)
            await withTaskExecutorPreference(process.taskExecutor) {
                await Task.yield()
                let before = threadName()
                await process.shutdown()
                await Task.yield()
                #expect(threadName() != before)
            }
        }
    }
}

/// What tells this thread from the others that there are.
private func threadName() -> String { "\(pthread_self())" }
