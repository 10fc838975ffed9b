import Foundation
import Logging
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing
import TimeLimits

@testable import Sockets

/// Everything here runs one after another: the tests share a process and count its descriptors.
@Suite(.serialized, .workLimit(minutes: 2))
struct SocketsTests {}

/// One for all tests, as it would be for all nodes of a process.
let sharedProcess = Result { () throws(TransportError) in try SocketProcess() }

func makeKeys(_ number: UInt8) throws -> X25519KeyPair {
    try X25519KeyPair(secretKey: Bytes(repeating: number, count: 32))
}

let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A participant with its ports and keys.
struct Participant {
    let transport: SocketTransport
    let address: IPv4Address
    let keys: X25519KeyPair
    var ports = ListenerPorts()

    init(
        _ number: UInt8, omqPort: UInt16 = 0, httpPort: UInt16 = 0, tls: TLSIdentity? = nil,
        idleLimit: Duration = .seconds(30), httpIdleLimit: Duration = .seconds(10),
        mostConnections: Int = OpenConnections.most,
        handshakeLimit: Int32 = 10_000, plainListeners: [PlainListener] = [],
        services: TransportServices? = nil
    ) async throws {
        address = IPv4Address(127, 7, 0, number)
        keys = try makeKeys(number)
        var configuration = SocketTransport.Configuration(
            address: address, httpPort: httpPort, omqPort: omqPort, tls: tls, keys: keys, name: "p\(number)",
            serverHeader: "Oxen Storage Server/2.8.0")
        configuration.idleLimit = idleLimit
        configuration.httpIdleLimit = httpIdleLimit
        configuration.mostConnections = mostConnections
        configuration.handshakeLimit = handshakeLimit
        configuration.plainListeners = plainListeners
        transport = SocketTransport(
            configuration, process: try sharedProcess.get(), log: silentLogger)
        if let services { ports = try await transport.open(services) }
    }

    func peer(_ role: OMQPeer.Role = .serviceNode) throws -> OMQPeer {
        OMQPeer(address: address, port: try #require(ports.omq), publicKey: keys.publicKey, role: role)
    }

    func url(_ path: String = "/", scheme: String = "http") throws -> String {
        "\(scheme)://\(address):\(try #require(ports.http))\(path)"
    }
}

extension OMQService {
    /// `echo.back` returns what it is given, `echo.caller` who asked.
    static let echo = OMQService(commands: [
        "echo.back": Command(access: .anyone) { $0.parts },
        "echo.caller": Command(access: .anyone) { call in
            [Bytes(call.caller.publicKey.hex.utf8), Bytes((call.caller.address?.description ?? "none").utf8)]
        },
        "echo.never": Command(access: .anyone) { _ in nil },
        "sn.only": Command(access: .serviceNode) { $0.parts },
        "admin.only": Command(access: .admin) { $0.parts },
    ])
}

extension TransportServices {
    static let echo = TransportServices(omq: .echo)
}

/// Runs blocking code on a thread that nothing else needs.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { waiter in
        Thread.detachNewThread { waiter.resume(with: Result(catching: body)) }
    }
}

/// Counts, and lets tests wait for a count.
actor Counter {
    private(set) var count = 0
    private var waiting: [(Int, OneShot<Void>)] = []

    func add() {
        count += 1
        for (wanted, waiter) in waiting where wanted <= count { waiter.give(()) }
        waiting.removeAll { $0.0 <= count }
    }

    func reaches(_ wanted: Int) async {
        if count >= wanted { return }
        let waiter = OneShot<Void>()
        waiting.append((wanted, waiter))
        await waiter.value(whenCancelled: ())
    }
}

/// An empty folder that is removed afterwards.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sockets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // the system clears its temporary folder anyway
    return try await body(folder.path)
}
