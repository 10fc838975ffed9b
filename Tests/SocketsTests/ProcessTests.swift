import CHost
import Foundation
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct Processes {
        @Test("A process of sockets can be shut down with everything still open, and waiters hear of it")
        func shutdown() async throws {
            let process = try SocketProcess(threads: 1)
            let log = silentLogger
            let one = SocketTransport(
                .init(address: IPv4Address(127, 7, 0, 90), keys: try makeKeys(90), name: "one"), process: process,
                log: log)
            let ports = try await one.open(.echo)
            let peer = OMQPeer(
                address: IPv4Address(127, 7, 0, 90), port: try #require(ports.omq),
                publicKey: try makeKeys(90).publicKey)
            let waiting = Task { await one.request(peer, "echo.never", [], timeout: .seconds(3600)) }
            #expect(await one.request(peer, "echo.back", [[1]], timeout: .seconds(60)) == .reply([[1]]))
            await process.shutdown()
            #expect(await waiting.value.isUnreachable)
            #expect(await one.request(peer, "echo.back", [], timeout: .seconds(3600)).isUnreachable)
            await #expect(throws: TransportError.closed) { try await one.open(.echo) }
        }

        /// What was open at the stages of a process that opens ever more.
        private struct Descriptors {
            var process: Int
            var listeners: Int
            var links: Int

            var fitBudget: Bool {
                let perListener = SocketBudget.descriptorsPerOMQListener + SocketBudget.descriptorsPerHTTPListener
                let perLink =
                    SocketBudget.descriptorsPerOMQLink + SocketBudget.descriptorsPerOMQLinkBeingMade
                    + SocketBudget.descriptorsPerAcceptedConnection
                return process <= SocketBudget.descriptorsPerProcess && listeners <= Self.count * perListener
                    && links <= Self.count * perLink
            }

            static let count = 30
        }

        @Test("Listeners and links cost no more descriptors than the budget says")
        func budget() async throws {
            // Other tests open sockets in this process at the same time: what counts is whether the budget is ever kept,
            // and one that is too small never is.
            var seen: [Descriptors] = []
            for _ in 0..<20 {
                seen.append(try await measureDescriptors())
                if seen.contains(where: \.fitBudget) { return }
            }
            Issue.record("\(seen)")
        }

        private func measureDescriptors() async throws -> Descriptors {
            let start = try openDescriptors()
            let process = try SocketProcess(threads: 2)
            let started = try openDescriptors()

            let server = try await Participant(91, services: .echo)
            var transports: [SocketTransport] = []
            let before = try openDescriptors()
            for _ in 0..<Descriptors.count {
                let transport = SocketTransport(
                    .init(address: IPv4Address(127, 7, 0, 92), keys: try makeKeys(92), name: "many"),
                    process: process, log: silentLogger)
                let ports = try await transport.open(
                    TransportServices(http: { _, _ in HTTPReply(status: 200) }, omq: .echo))
                #expect(ports.http != nil && ports.omq != nil)
                transports.append(transport)
            }
            let listening = try openDescriptors()
            let peer = try server.peer(.client)
            for transport in transports {
                #expect(await transport.request(peer, "echo.back", [], timeout: .seconds(60)) == .reply([]))
            }
            let linked = try openDescriptors()
            for transport in transports { await transport.close() }
            await process.shutdown()
            await server.transport.close()
            return Descriptors(process: started - start, listeners: listening - before, links: linked - listening)
        }

        @Test("A process with one node has room for fewer sockets than one with many: libzmq pays for all at the start")
        func socketRoom() async throws {
            #expect(SocketBudget.zmqSocketLimitOfOneNode * 10 < SocketBudget.zmqSocketLimit)
            let process = try SocketProcess(threads: 1, tasksOnPollThread: true)
            #expect(process.mostQueueSockets == SocketBudget.zmqSocketLimitOfOneNode)
            await process.shutdown()
            let many = try SocketProcess(threads: 1)
            #expect(many.mostQueueSockets == SocketBudget.zmqSocketLimit)
            await many.shutdown()
        }

        @Test("The soft limit of descriptors becomes the hard one")
        func descriptorLimit() throws {
            let raised = try #require(SocketBudget.raiseDescriptorLimit())
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
            #expect(Int(limit.rlim_cur) == raised && limit.rlim_cur == limit.rlim_max)
        }

        @Test("A child is signalled and reaped by its descriptor")
        func reaping() async throws {
            let child = try spawn("/bin/sleep", ["sleep", "3600"])
            let descriptor = chost_pidfd_open(child)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            var (bySignal, status): (Int32, Int32) = (-1, -1)
            #expect(chost_reap(descriptor, &bySignal, &status) == 0)
            #expect(chost_pidfd_send_signal(descriptor, SIGKILL) == 0)
            try await untilEnded(descriptor)
            #expect(chost_reap(descriptor, &bySignal, &status) == 1)
            #expect(bySignal == 1 && status == SIGKILL)
            #expect(chost_pidfd_send_signal(descriptor, SIGKILL) == -1)
        }

        @Test("A process whose parent is not the one it was told of ends before it does anything")
        func orphan() async throws {
            let child = try spawn("/proc/self/exe", ["orphan"], environment: ["TESTNET_PARENT=1"])
            let descriptor = chost_pidfd_open(child)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            try await untilEnded(descriptor)
            var (bySignal, status): (Int32, Int32) = (-1, -1)
            #expect(chost_reap(descriptor, &bySignal, &status) == 1)
            #expect(bySignal == 0 && status == 9)
            #expect(String(cString: chost_parent_variable) == "TESTNET_PARENT")
        }

        @Test("The kernel's start time of this process lies in the past, and before that of a file made now")
        func startTime() async throws {
            try await withFolder { folder in
                let made = try FileManager.default.attributesOfItem(atPath: folder)[.modificationDate] as? Date
                let now = Int64(try #require(made).timeIntervalSince1970 * 1000)
                let start = chost_process_start_milliseconds()
                #expect(start <= now && start > now - 3_600_000)
                #expect(abs(chost_process_start_milliseconds() - start) <= 1)
            }
        }

        private func openDescriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }

        private func untilEnded(_ descriptor: Int32) async throws {
            let ready = try await onThread {
                var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                return poll(&wait, 1, 10_000)
            }
            try #require(ready == 1)
        }

        private func spawn(_ path: String, _ arguments: [String], environment: [String] = []) throws -> pid_t {
            var child = pid_t()
            var argv = arguments.map { strdup($0) } + [nil]
            var envp = environment.map { strdup($0) } + [nil]
            defer { for pointer in argv + envp { free(pointer) } }
            let inherited = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"].map { "LD_LIBRARY_PATH=\($0)" }
            if let inherited { envp.insert(strdup(inherited), at: 0) }
            let code = posix_spawn(&child, path, nil, nil, &argv, &envp)
            try #require(code == 0)
            return child
        }
    }
}
