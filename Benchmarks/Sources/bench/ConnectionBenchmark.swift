import CZMQ
import Foundation
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol

/// What a connection costs a node's memory while nothing happens on it: growth of the process by many connections that have
/// served a request each.
struct ConnectionBenchmark {
    let testnet: Executable

    private static let connections = 500
    private static let mostKibibytes = 256.0

    func run() throws {
        try RequestSwarm.with(testnet) { swarm in
            let node = swarm.nodes[0]
            try measure("HTTPS", node) {
                let connection = try RequestConnection(address: node.address, port: node.httpsPort)
                let info = Bytes(#"{"method":"info","params":{}}"#.utf8)
                _ = try connection.exchange(connection.request("/storage_rpc/v1", info))
                return connection
            }
            guard let context = zmq_ctx_new() else { throw BenchError("no ZeroMQ context") }
            defer { zmq_ctx_term(context) }
            try measure("message queue", node) { try QueueConnection(context, node) }
        }
    }

    /// The first connection of a kind pays for what all share, so it is open before.
    private func measure<Connection>(
        _ kind: String, _ node: RequestSwarm.Node, _ connect: () throws -> Connection
    ) throws {
        var open = [try connect()]
        let before = try node.kibibytes("VmRSS")
        for _ in 0..<Self.connections { open.append(try connect()) }
        let growth = try (node.kibibytes("VmRSS") - before) / Double(open.count - 1)
        withExtendedLifetime(open) {
            report(
                "memory of an idle \(kind) connection, 1 of \(Self.connections)", Samples(values: [growth]),
                unit: "KiB",
                target: Self.mostKibibytes)
        }
    }
}

/// One connection to a node's message queue that has greeted and was greeted.
private final class QueueConnection {
    private let socket: UnsafeMutableRawPointer

    init(_ context: UnsafeMutableRawPointer, _ node: RequestSwarm.Node) throws {
        guard let socket = zmq_socket(context, ZMQ_DEALER) else { throw BenchError("no ZeroMQ socket") }
        self.socket = socket
        let keys = try X25519KeyPair(secretKey: SeededRandomness(seed: .random(in: .min ... .max)).bytes(32))
        let options = [
            (ZMQ_CURVE_SERVERKEY, node.keys.x25519.bytes), (ZMQ_CURVE_PUBLICKEY, keys.publicKey.bytes),
            (ZMQ_CURVE_SECRETKEY, keys.secretKey),
        ]
        for (option, value) in options { zmq_setsockopt(socket, option, value, value.count) }
        for (option, value) in [(ZMQ_LINGER, Int32(0)), (ZMQ_RCVTIMEO, 5000)] {
            zmq_setsockopt(socket, option, [value], MemoryLayout<Int32>.size)
        }
        var answer = Bytes(repeating: 0, count: 16)
        guard zmq_connect(socket, "tcp://\(node.address):\(node.omqPort)") == 0, zmq_send(socket, "HI", 2, 0) == 2,
            zmq_recv(socket, &answer, answer.count, 0) == 5
        else { throw BenchError("no greeting from tcp://\(node.address):\(node.omqPort)") }
    }

    deinit { zmq_close(socket) }
}
