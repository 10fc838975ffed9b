import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct OMQRequests {
        @Test("Requests and replies cross in both directions, and each side sees who asked and from where")
        func bothDirections() async throws {
            let one = try await Participant(1, services: .echo)
            let two = try await Participant(2, services: .echo)
            for (asker, asked) in [(one, two), (two, one)] {
                for role in [OMQPeer.Role.serviceNode, .client, .ledger] {
                    let peer = try asked.peer(role)
                    let parts: [Bytes] = [[], [1, 2, 3], Bytes(repeating: 7, count: 100_000)]
                    #expect(
                        await asker.transport.request(peer, "echo.back", parts, timeout: .seconds(20)) == .reply(parts))
                    let expected = [Bytes(asker.keys.publicKey.hex.utf8), Bytes("\(asker.address)".utf8)]
                    #expect(
                        await asker.transport.request(peer, "echo.caller", [], timeout: .seconds(20))
                            == .reply(expected))
                }
            }
            await one.transport.close()
            await two.transport.close()
        }

        @Test("Many requests at once each get their own reply")
        func concurrent() async throws {
            let one = try await Participant(3, services: .echo)
            let two = try await Participant(4)
            let peer = try one.peer()
            let transport = two.transport
            let right = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<5000 {
                    group.addTask {
                        let parts = [Bytes("\(number)".utf8)]
                        return await transport.request(peer, "echo.back", parts, timeout: .seconds(30)) == .reply(parts)
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(right == 5000)
            await one.transport.close()
            await two.transport.close()
        }

        @Test(
            "Requests of one connection start in the order in which they were sent, and run side by side",
            arguments: [false, true])
        func order(onPollThread: Bool) async throws {
            let process = try SocketProcess(threads: 2, tasksOnPollThread: onPollThread)
            let started = Mutex<[Bytes]>([])
            let (underWay, count) = (Counter(), 400)
            let address = IPv4Address(127, 7, 0, onPollThread ? 123 : 124)
            let server = SocketTransport(
                .init(address: address, keys: try makeKeys(123), name: "server"), process: process, log: silentLogger)
            let ports = try await server.open(
                TransportServices(
                    omq: OMQService(commands: [
                        "note.start": .init(access: .anyone) { call in
                            started.withLock { $0.append(call.parts[0]) }
                            // Nobody is answered before all have started.
                            await underWay.add()
                            await underWay.reaches(count)
                            return call.parts
                        }
                    ])))
            let peer = OMQPeer(
                address: address, port: try #require(ports.omq), publicKey: try makeKeys(123).publicKey)
            let client = try await Participant(125)
            let numbers = (0..<count).map { Bytes("\($0)".utf8) }
            let answered = await withTaskGroup(of: Bool.self) { group in
                for number in numbers {
                    group.addImmediateTask {
                        let reply = await client.transport.request(
                            peer, "note.start", [number], timeout: .seconds(60))
                        return reply == .reply([number])
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(answered == count)
            #expect(started.withLock { $0 } == numbers)
            await client.transport.close()
            await server.close()
            await process.shutdown()
        }

        @Test("Refusals come back as the error word, and what is unknown or unanswered as a time-out")
        func refusals() async throws {
            let one = try await Participant(5, services: .echo)
            let two = try await Participant(6)
            let peer = try one.peer()
            let table: [(String, Duration, OMQOutcome)] = [
                ("sn.only", .seconds(20), .refused("FORBIDDEN_SN")),
                ("admin.only", .seconds(20), .refused("FORBIDDEN")),
                ("no.such", .milliseconds(200), .timedOut),
                ("echo.never", .milliseconds(200), .timedOut),
            ]
            for (command, timeout, expected) in table {
                #expect(await two.transport.request(peer, command, [[1]], timeout: timeout) == expected, "\(command)")
            }
            await one.transport.close()
            await two.transport.close()
        }

        @Test("Cancelling a request ends it long before its time-out")
        func cancelling() async throws {
            let arrived = Counter()
            let one = try await Participant(
                7,
                services: TransportServices(
                    omq: OMQService(commands: [
                        "a.b": .init(access: .anyone) { _ in
                            await arrived.add()
                            return nil
                        }
                    ])))
            let two = try await Participant(8)
            let peer = try one.peer()
            let request = Task { await two.transport.request(peer, "a.b", [], timeout: .seconds(3600)) }
            await arrived.reaches(1)
            request.cancel()
            #expect(await request.value == .timedOut)
            await one.transport.close()
            await two.transport.close()
        }

        @Test("A category takes only as many requests at once as it may; the rest get no reply")
        func queueLimit() async throws {
            let (arrived, mayEnd) = (Counter(), Gate())
            mayEnd.shut()
            let service = OMQService(
                commands: [
                    "slow.one": .init(access: .anyone) { _ in
                        await arrived.add()
                        do { try await mayEnd.pass() } catch { return nil }
                        return []
                    }, "quick.one": .init(access: .anyone) { $0.parts },
                ], queueLimits: ["slow": 2])
            let one = try await Participant(9, services: TransportServices(omq: service))
            let two = try await Participant(10)
            let peer = try one.peer()
            async let first = two.transport.request(peer, "slow.one", [], timeout: .seconds(60))
            async let second = two.transport.request(peer, "slow.one", [], timeout: .seconds(60))
            await arrived.reaches(2)
            #expect(await two.transport.request(peer, "slow.one", [], timeout: .milliseconds(100)) == .timedOut)
            #expect(await two.transport.request(peer, "quick.one", [[1]], timeout: .seconds(60)) == .reply([[1]]))
            mayEnd.open()
            #expect(await [first, second] == [.reply([]), .reply([])])
            #expect(await two.transport.request(peer, "slow.one", [], timeout: .seconds(60)) == .reply([]))
            #expect(await arrived.count == 3)
            await one.transport.close()
            await two.transport.close()
        }

        @Test("Pushes reach whoever connected, on the connection it made, where the ledger may call admin commands")
        func pushes() async throws {
            let pushed = Counter()
            let from = OneShot<OMQConnection>()
            let ledger = try await Participant(
                11,
                services: TransportServices(
                    omq: OMQService(commands: [
                        "sub.block": .init(access: .anyone) { call in
                            from.give(call.caller.connection)
                            return [[1]]
                        }
                    ])))
            let node = try await Participant(
                12,
                services: TransportServices(
                    omq: OMQService(commands: [
                        "notify.block": .init(access: .admin, isRequest: false) { _ in
                            await pushed.add()
                            return nil
                        }
                    ])))
            let peer = try ledger.peer(.ledger)
            #expect(await node.transport.request(peer, "sub.block", [], timeout: .seconds(20)) == .reply([[1]]))
            let connection = await from.value()
            ledger.transport.push("notify.block", [Bytes("{}".utf8)], to: connection)
            ledger.transport.push("notify.block", [], to: connection)
            await pushed.reaches(2)
            await node.transport.close()
            // Nobody is there any more: nothing happens.
            ledger.transport.push("notify.block", [], to: connection)
            await ledger.transport.close()
            #expect(await pushed.count == 2)
        }
    }
}
