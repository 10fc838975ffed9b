import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    /// Listeners for callers that have no keys yet (storage-node §10).
    @Suite struct PlainListenerTests {
        private static func text(_ frames: String...) -> [Bytes] { frames.map { Bytes($0.utf8) } }

        /// A participant with listeners for the callers of these numbers, beside its own.
        private func participant(
            _ number: UInt8, for callers: [UInt8], on ports: [UInt16] = []
        ) async throws -> (transport: SocketTransport, keys: X25519KeyPair, ports: ListenerPorts) {
            let keys = try makeKeys(number)
            var configuration = SocketTransport.Configuration(
                address: IPv4Address(127, 7, 0, number), keys: keys, name: "p\(number)")
            configuration.plainListeners = try callers.enumerated().map { index, caller in
                PlainListener(
                    address: IPv4Address(127, 7, 1, caller), port: index < ports.count ? ports[index] : 0,
                    caller: try makeKeys(caller).publicKey, callerAddress: IPv4Address(127, 9, 9, caller))
            }
            let transport = SocketTransport(configuration, process: try sharedProcess.get(), log: silentLogger)
            return (transport, keys, try await transport.open(.echo))
        }

        @Test("Whoever connects without keys is the participant of that listener; with keys, the one that they prove")
        func callers() async throws {
            let (transport, keys, ports) = try await participant(60, for: [61, 62])
            #expect(ports.plain.count == 2)
            for (caller, port) in zip([UInt8(61), 62], ports.plain) {
                let received = try await RawQueuePeer.dial(
                    IPv4Address(127, 7, 1, caller), port,
                    sending: [
                        Self.text("HI"), Self.text("echo.caller", "tag"), Self.text("echo.back", "t2", "a", "b"),
                    ],
                    expecting: 3)
                let key = try makeKeys(caller).publicKey.hex
                let expected = [
                    Self.text("HELLO"), Self.text("REPLY", "tag", key, "127.9.9.\(caller)"),
                    Self.text("REPLY", "t2", "a", "b"),
                ]
                // Commands run at the same time, so their answers may change places.
                #expect(Set(received) == Set(expected))
            }
            let proved = try await RawQueuePeer.dial(
                IPv4Address(127, 7, 0, 60), try #require(ports.omq), serverKey: keys.publicKey, keys: try makeKeys(63),
                sending: [Self.text("echo.caller", "tag")], expecting: 1)
            #expect(proved.first?[2] == Bytes(try makeKeys(63).publicKey.hex.utf8))
            await transport.close()
        }

        @Test("The listener with keys takes nobody without them, and the other way round")
        func mechanisms() async throws {
            let (transport, keys, ports) = try await participant(64, for: [65])
            let bare = try await RawQueuePeer.dial(
                IPv4Address(127, 7, 0, 64), try #require(ports.omq), sending: [Self.text("HI")], expecting: 1,
                patience: 300)
            #expect(bare == [])
            let keyed = try await RawQueuePeer.dial(
                IPv4Address(127, 7, 1, 65), try #require(ports.plain.first), serverKey: keys.publicKey,
                keys: try makeKeys(66), sending: [Self.text("HI")], expecting: 1, patience: 300)
            #expect(keyed == [])
            await transport.close()
        }

        @Test("A transport that is opened again has its listeners where they were")
        func again() async throws {
            let (first, _, ports) = try await participant(67, for: [68, 69])
            await first.close()
            let (second, _, again) = try await participant(67, for: [68, 69], on: ports.plain)
            #expect(again.plain == ports.plain)
            await second.close()
        }

        @Test("A place on a listener survives the way through a connection's name")
        func routes() {
            for place in [UInt16(0), 1, 255, 256, 65_535] {
                let route = OMQRoute(OMQRoute.accepted(listener: place, [7, 0, 9]).connection)
                guard case .accepted(place, [7, 0, 9]) = route else {
                    Issue.record("\(place) became \(String(describing: route))")
                    continue
                }
            }
        }
    }
}
