import Foundation
import Logging
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Sockets
import Testing

@testable import Orchestrator

/// The storage server in Python beside these tests, as a topology names it.
enum TestDouble {
    static let name = "ext1"

    /// - Parameter folder: where its certificate is made.
    static func server(in folder: String) throws -> Topology.ExternalServer {
        let root = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let python = root.appending(path: ".build/python/bin/python3").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "the Python of the tests is missing: run `make test`, or Makefile.d/python.sh alone")
        let script = try #require(
            Bundle.module.url(forResource: "storage_double", withExtension: "py", subdirectory: "Double"))
        let tls = try TLSIdentity.selfSigned(in: folder)
        let arguments = [
            "-B", script.path, "--data-dir", "{directory}", "--oxend-rpc", "{ledger}", "--https-port", "{httpsPort}",
            "--omq-port", "{omqPort}", "--bind-ip={address}", "--certificate", tls.certificateFile, "--key",
            tls.keyFile,
        ]
        return Topology.ExternalServer(
            executable: python,
            arguments: try arguments.map { argument throws(TopologyError.Reason) in try ArgumentTemplate(argument) })
    }

    /// Our nodes and the double.
    static func settings(ours: Int, in folder: String, name: String = "external") throws -> NetworkSettings {
        var topology = Topology()
        topology.nodes = .named((1...ours).map { "n\($0)" } + [Self.name])
        topology.externals = [Self.name: try server(in: folder)]
        return NetworkSettings(
            topology: topology, seed: 7, directory: RunDirectory(name: name, parent: folder), executable: "")
    }
}

/// Asks nodes over the message queue, as a client does.
struct QueueClient: Sendable {
    private let process: SocketProcess
    private let transport: SocketTransport

    static func with<Value>(_ body: (QueueClient) async throws -> Value) async throws -> Value {
        let process = try SocketProcess(threads: 1)
        let keys = try X25519KeyPair(secretKey: Bytes(repeating: 6, count: 32))
        let client = QueueClient(
            process: process,
            transport: SocketTransport(
                SocketTransport.Configuration(address: .loopback, keys: keys, name: "queue client"), process: process,
                log: Logger(label: "queue client") { _ in SwiftLogNoOpLogHandler() }))
        let result: Value
        do {
            result = try await body(client)
        } catch {
            await client.close()
            throw error
        }
        await client.close()
        return result
    }

    private func close() async {
        await transport.close()
        await process.shutdown()
    }

    /// The body of a successful answer.
    func call(_ method: String, _ parameters: JSON, at node: NetworkStatus.Node) async throws -> JSON {
        let peer = OMQPeer(address: node.address, port: node.omqPort, publicKey: node.x25519, role: .client)
        let outcome = await transport.request(
            peer, "storage.\(method)", [parameters.utf8], timeout: .seconds(10))
        guard case .reply(let parts) = outcome, parts.count == 1 else {
            Issue.record("\(node.name) answered \(method) with \(outcome)")
            throw CancellationError()
        }
        return try JSON(parsing: parts[0])
    }

    /// The texts in an account's inbox.
    func inbox(of identity: SessionIdentity, at node: NetworkStatus.Node) async throws -> Set<String> {
        let now = LiveClock().wallMilliseconds
        let answer = try await call(
            "retrieve",
            [
                "pubkey": .string(identity.account.hex), "namespace": 0, "timestamp": .integer(now),
                "pubkey_ed25519": .string(identity.ed25519.publicKey.hex),
                "signature": .string(Base64.encode(identity.ed25519.sign(SignedText.retrieve(.inbox, timestamp: now)))),
            ], at: node)
        let messages = try #require(answer["messages"]?.asArray)
        return Set(
            messages.compactMap { $0["data"]?.asString.flatMap { Base64.decode($0) } }.map {
                String(decoding: $0, as: UTF8.self)
            })
    }
}
