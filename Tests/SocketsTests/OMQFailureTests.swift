import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    /// Time-outs here are an hour: a test passes only when the failure was noticed, not waited for.
    @Suite struct OMQFailures {
        private static let anHour = Duration.seconds(3600)

        private static func slow(_ arrived: Counter) -> TransportServices {
            TransportServices(
                omq: OMQService(commands: [
                    "slow.one": .init(access: .anyone) { _ in
                        await arrived.add()
                        // Ends with the transport, which cancels what it runs.
                        await OneShot<Void>().value(whenCancelled: ())
                        return nil
                    }, "quick.one": .init(access: .anyone) { $0.parts },
                ]))
        }

        @Test("A peer that refuses the connection is unreachable at once, and so every time")
        func refused() async throws {
            let gone = try await Participant(40, services: .echo)
            let peer = try gone.peer()
            await gone.transport.close()
            let other = try await Participant(41)
            for _ in 0..<3 {
                #expect(await other.transport.request(peer, "echo.back", [], timeout: Self.anHour).isUnreachable)
            }
            await other.transport.close()
        }

        @Test("A request that waits when its peer crashes fails at once; the peer is reached again when it is back")
        func crashAndReturn() async throws {
            let arrived = Counter()
            let first = try await Participant(42, services: Self.slow(arrived))
            let peer = try first.peer()
            let other = try await Participant(43)
            let waiting = Task { await other.transport.request(peer, "slow.one", [], timeout: Self.anHour) }
            await arrived.reaches(1)
            await first.transport.drop()
            #expect(await waiting.value.isUnreachable)
            #expect(await other.transport.request(peer, "quick.one", [], timeout: Self.anHour).isUnreachable)

            let second = try await Participant(42, omqPort: peer.port, services: Self.slow(arrived))
            let outcome = await other.transport.request(peer, "quick.one", [[4]], timeout: Self.anHour)
            #expect(outcome == .reply([[4]]))
            // The unanswered request was not sent again.
            #expect(await arrived.count == 1)
            await second.transport.close()
            await other.transport.close()
        }

        @Test("Closing a transport fails its waiting requests and cancels what it runs for others")
        func closing() async throws {
            let arrived = Counter()
            let one = try await Participant(44, services: Self.slow(arrived))
            let other = try await Participant(45)
            let peer = try one.peer()
            let waiting = Task { await other.transport.request(peer, "slow.one", [], timeout: Self.anHour) }
            await arrived.reaches(1)
            await other.transport.close()
            #expect(await waiting.value.isUnreachable)
            #expect(await other.transport.request(peer, "quick.one", [], timeout: Self.anHour).isUnreachable)
            await one.transport.close()
        }

        @Test("A held peer answers nothing until it is released, and then what was asked meanwhile")
        func heldPeer() async throws {
            let one = try await Participant(46, services: .echo)
            let other = try await Participant(47)
            let peer = try one.peer()
            #expect(await other.transport.request(peer, "echo.back", [[1]], timeout: Self.anHour) == .reply([[1]]))
            one.transport.hold()
            #expect(await other.transport.request(peer, "echo.back", [[2]], timeout: .milliseconds(200)) == .timedOut)
            async let answer = other.transport.request(peer, "echo.back", [[3]], timeout: Self.anHour)
            one.transport.release()
            #expect(await answer == .reply([[3]]))
            await one.transport.close()
            await other.transport.close()
        }

        @Test("A held participant sends nothing until it is released; its deadlines wait too")
        func heldAsker() async throws {
            let arrived = Counter()
            let one = try await Participant(
                48,
                services: TransportServices(
                    omq: OMQService(commands: [
                        "a.b": .init(access: .anyone) { _ in
                            await arrived.add()
                            return []
                        }
                    ])))
            let held = try await Participant(49)
            let other = try await Participant(50)
            let peer = try one.peer()
            held.transport.hold()
            let late = Task { await held.transport.request(peer, "a.b", [], timeout: Self.anHour) }
            #expect(await other.transport.request(peer, "a.b", [], timeout: Self.anHour) == .reply([]))
            #expect(await arrived.count == 1)
            held.transport.release()
            #expect(await late.value == .reply([]))
            held.transport.hold()
            let never = Task { await held.transport.request(peer, "a.b", [], timeout: Self.anHour) }
            await held.transport.drop()
            #expect(await never.value.isUnreachable)
            await one.transport.close()
            await other.transport.close()
        }

        @Test("An address that is taken is named, with the system's reason")
        func bindConflict() async throws {
            let one = try await Participant(51, services: .echo)
            let port = try one.peer().port
            await #expect(
                throws: TransportError.cannotListen(address: "127.7.0.51:\(port)", reason: "Address already in use")
            ) {
                _ = try await Participant(51, omqPort: port, services: .echo)
            }
            await one.transport.close()
            // Free as soon as close returns.
            let again = try await Participant(51, omqPort: port, services: .echo)
            await again.transport.close()
        }

        @Test("Hundreds of connections that speak garbage leave the listener as it was")
        func garbage() async throws {
            let node = try await Participant(52, services: .echo)
            let port = try #require(node.ports.omq)
            let chance = SeededRandomness(seed: 52)
            // A real greeting of CURVE, so that garbage also comes after it.
            let greeting = [0xff] + Bytes(repeating: 0, count: 8) + [0x7f, 3, 1] + "CURVE".utf8
            for number in 0..<300 {
                var bytes = chance.bytes(Int(chance.next() % 600))
                if number % 3 == 0 { bytes = greeting + Bytes(repeating: 0, count: 64 - greeting.count) + bytes }
                _ = try await RawTCP.talk(node.address, port, sending: bytes) { _ in true }
            }
            let other = try await Participant(53)
            #expect(
                await other.transport.request(try node.peer(), "echo.back", [[1]], timeout: .seconds(60))
                    == .reply([[1]]))
            await node.transport.close()
            await other.transport.close()
        }
    }
}
