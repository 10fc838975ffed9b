import Foundation
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

        @Test("Whatever is asked over the queue or HTTP runs on the one thread")
        func oneThread() async throws {
            let client = try await Participant(95)
            try await withServer(96) { _, server, url, thread in
                for _ in 0..<20 {
                    let reply = await client.transport.request(server, "echo.thread", [], timeout: .seconds(60))
                    #expect(reply == .reply([Bytes(thread.utf8)]))
                    let http = try await client.transport.post(OutgoingPost(url: url, body: [], timeout: .seconds(60)))
                    #expect(http.body == Bytes(thread.utf8))
                }
            }
            await client.transport.close()
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
