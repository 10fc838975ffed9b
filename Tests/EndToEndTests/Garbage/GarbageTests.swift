import Foundation
import Logging
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Sockets
import Testing

extension ExecutableTests {
    @Suite struct Garbage {
        private static let inputs = 10_000
        private static let oversized = 4
        /// As many as it takes until every pool and cache has its working size.
        private static let warmUp = 3_000
        private static let mostGrowth = 5 << 20

        @Test(
            "Ten thousand pieces of garbage on a port are refused or cut off, cost no memory, and the network delivers on",
            arguments: GarbageTarget.Kind.allCases)
        func garbage(kind: GarbageTarget.Kind) async throws {
            try await withRunFolder { folder in
                let up = try await Program.run(
                    ["up", "--nodes", "7", "--mode", "subprocess", "--detach", "--json"], in: folder)
                let status = try up.json()
                let target = try GarbageTarget(kind, in: status)
                let volley = try Volley(at: target)
                await volley.fire(Self.warmUp, oversized: Self.oversized, seed: 1)
                let before = try ProcessTable.residentBytes(target.process)
                await volley.fire(Self.inputs, oversized: Self.oversized, seed: 1_000)
                let after = try ProcessTable.residentBytes(target.process)
                await volley.close()
                print("garbage on \(kind.rawValue): \(before >> 10) KiB before, \(after >> 10) KiB after")
                for (ending, count) in volley.endings.sorted(by: { $0.key < $1.key }) {
                    print("  \(count) × \(ending)")
                }
                #expect(volley.endings.values.reduce(0, +) == Self.inputs + Self.warmUp)
                let wrong = volley.endings.keys.filter { $0.contains(/hung|refused|answered|: 200/) }
                #expect(wrong.isEmpty, "\(wrong)")
                #expect(after - before <= Self.mostGrowth)
                #expect(ProcessTable.isAlive(target.process))
                try await deliver(status)
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        /// Sends one message through onions and has it read, as a client outside the network.
        private func deliver(_ status: JSON) async throws {
            let seedURL = try #require(status["ledger"]?["rpcURL"]?.asString)
            let process = try SocketProcess(threads: 1)
            let clients = try (1...2).map { number in
                let keys = try X25519KeyPair(secretKey: Bytes(repeating: UInt8(number), count: 32))
                let transport = SocketTransport(
                    SocketTransport.Configuration(address: .loopback, keys: keys, name: "client \(number)"),
                    process: process, log: Logger(label: "client") { _ in SwiftLogNoOpLogHandler() })
                return SessionClient(
                    identity: try SessionIdentity(seed: Bytes(repeating: UInt8(number), count: 16)),
                    configuration: ClientConfiguration(
                        name: "client:\(number)", seedURL: seedURL, cipher: .xchacha20),
                    environment: ClientEnvironment(
                        clock: LiveClock(), transport: transport, randomness: LiveRandomness(), events: Unread()
                    ))
            }
            for client in clients { try await client.start() }
            let text = Bytes("after the garbage".utf8)
            let stored = try await clients[0].store(
                text, for: clients[1].identity.account, ttl: .seconds(60))
            #expect(stored.acknowledged.count == 7)
            #expect(try await clients[1].retrieve().map(\.data) == [text])
            for client in clients { await client.close() }
            await process.shutdown()
        }

        private struct Unread: EventLog {
            func record(_ event: Event) {}
        }
    }
}
