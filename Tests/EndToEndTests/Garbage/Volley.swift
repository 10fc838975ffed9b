import Logging
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Sockets
import Synchronization

/// Throws garbage at one port, from several sides at once.
final class Volley: Sendable {
    private let target: GarbageTarget
    private let process: SocketProcess
    private let transport: SocketTransport
    private let tls: TLSConnection
    private let counts = Mutex<[String: Int]>([:])

    private static let sides = 8
    private static let queueWindow = 100

    init(at target: GarbageTarget) throws {
        self.target = target
        process = try SocketProcess(threads: 1)
        tls = try TLSConnection()
        transport = SocketTransport(
            SocketTransport.Configuration(
                address: .loopback, keys: try X25519KeyPair(secretKey: Bytes(repeating: 9, count: 32)),
                name: "garbage"),
            process: process, log: Logger(label: "garbage") { _ in SwiftLogNoOpLogHandler() })
    }

    func close() async {
        await transport.close()
        await process.shutdown()
    }

    /// How inputs ended, each kind with its number.
    var endings: [String: Int] { counts.withLock { $0 } }

    private func note(_ ending: String) { counts.withLock { $0[ending, default: 0] += 1 } }

    /// - Parameters:
    ///   - count: how many inputs in all.
    ///   - oversized: how many of them are too large for the protocol.
    func fire(_ count: Int, oversized: Int, seed: Int) async {
        switch target.kind {
        case .nodeHTTPS:
            let (raw, inside) = (count * 4 / 10, count * 4 / 100)
            await rawConnections(raw, seed) {
                $0.number(below: 2) == 0 ? $0.bytes(upTo: 1500) : $0.tlsRecord()
            }
            await each(inside, seed + 1) { source in
                self.note("inside TLS: \(await self.tls.say(source.httpRequest(), to: self.target.place))")
            }
            await posts(count - raw - inside, oversized, seed + 2)
        case .ledgerHTTP:
            let raw = count / 2
            await rawConnections(raw, seed) {
                $0.number(below: 3) == 0 ? $0.bytes(upTo: 1500) : $0.httpRequest()
            }
            await posts(count - raw, oversized, seed + 2)
        case .nodeQueue, .ledgerQueue:
            let (raw, keys) = (count * 4 / 10, count / 100)
            await rawConnections(raw, seed) {
                $0.number(below: 2) == 0 ? $0.bytes(upTo: 1500) : $0.zmqConnection()
            }
            await each(keys, seed + 1) { source in await self.wrongKey(&source) }
            await each(oversized, seed + 2) { _ in await self.oversizedFrame() }
            await queueMessages(count - raw - keys - oversized, seed + 3)
        }
    }

    private func each(
        _ count: Int, _ seed: Int, _ body: @escaping @Sendable (inout GarbageSource) async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for side in 0..<Self.sides {
                group.addTask {
                    var source = GarbageSource(seed: seed * 100 + side)
                    for _ in stride(from: side, to: count, by: Self.sides) { await body(&source) }
                }
            }
        }
    }

    private func rawConnections(
        _ count: Int, _ seed: Int, _ make: @escaping @Sendable (inout GarbageSource) -> Bytes
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for side in 0..<Self.sides {
                group.addTask {
                    await onThread {
                        var source = GarbageSource(seed: seed * 100 + side)
                        for _ in stride(from: side, to: count, by: Self.sides) {
                            self.note("raw: \(RawConnection.say(make(&source), to: self.target.place))")
                        }
                    }
                }
            }
        }
    }

    // MARK: HTTP

    private func posts(_ count: Int, _ oversized: Int, _ seed: Int) async {
        await each(oversized, seed) { _ in
            let path = self.target.kind == .ledgerHTTP ? "/json_rpc" : "/storage_rpc/v1"
            await self.post(path, Bytes(repeating: 0x20, count: 11 << 20), "oversized ")
        }
        await each(count - oversized, seed + 1) { source in
            if self.target.kind == .ledgerHTTP {
                await self.post(
                    source.pick(["/json_rpc", "/json_rpc", "/get_info", "/"]), source.ledgerCall())
            } else if source.number(below: 2) == 0 {
                await self.post("/onion_req/v2", source.onion())
            } else {
                await self.post(
                    source.pick(["/storage_rpc/v1", "/storage_rpc/v1", "/swarms/ping", "/%"]), source.call())
            }
        }
    }

    private func post(_ path: String, _ body: Bytes, _ size: String = "") async {
        let scheme = target.kind == .nodeHTTPS ? "https" : "http"
        do {
            let reply = try await transport.post(
                OutgoingPost(
                    url: "\(scheme)://\(target.place)\(path)", headers: ["Content-Type": "application/json"],
                    body: body,
                    timeout: .seconds(20)))
            // JSON-RPC has its errors in answers of status 200.
            let isError = try path == "/json_rpc" && JSON(parsing: reply.body)["error"] != nil
            note("\(size)\(path): \(isError ? "error" : "\(reply.status)")")
        } catch TransportError.timedOut {
            note("hung post")
        } catch {
            note("\(size)\(path): closed")
        }
    }

    // MARK: Message queue

    private func wrongKey(_ source: inout GarbageSource) async {
        // The upper bit of the last byte does not count, so a key of random bytes is as good as any.
        guard let key = X25519PublicKey(source.bytes(32)) else { return note("no key") }
        let peer = OMQPeer(
            address: target.place.address, port: target.place.port, publicKey: key, role: .client)
        switch await transport.request(peer, "storage.info", [], timeout: .seconds(20)) {
        case .reply, .refused: note("wrong key answered")
        case .timedOut: note("hung with a wrong key")
        case .unreachable: note("wrong key: closed")
        }
    }

    private func oversizedFrame() async {
        guard let key = target.queueKey else { return }
        let peer = OMQPeer(
            address: target.place.address, port: target.place.port, publicKey: key, role: .client)
        let frame = Bytes(repeating: 0x20, count: 11 << 20)
        switch await transport.request(peer, "storage.info", [frame], timeout: .seconds(20)) {
        case .reply, .refused: note("oversized frame answered")
        case .timedOut: note("hung with an oversized frame")
        case .unreachable: note("oversized frame: closed")
        }
    }

    private func queueMessages(_ count: Int, _ seed: Int) async {
        guard let key = target.queueKey else { return }
        let ending = await onThread { [place = target.place] in
            do {
                let keys = try X25519KeyPair(secretKey: Bytes(repeating: UInt8(seed % 250 + 1), count: 32))
                let connection = try QueueConnection(to: place, serverKey: key, keys: keys)
                var source = GarbageSource(seed: seed)
                for number in 1...count {
                    try connection.send(source.queueMessage())
                    if number % Self.queueWindow == 0 || number == count { try connection.settle(number) }
                }
                return "messages: looked at"
            } catch {
                return "hung messages: \(error)"
            }
        }
        counts.withLock { $0[ending, default: 0] += count }
    }
}
