import CZMQ
import Glibc
import SessionCrypto
import SessionProtocol

@testable import Sockets

/// Plain libzmq, driven frame by frame: what the other implementations of the protocol look like from here.
enum RawQueuePeer {
    struct Failure: Error {
        var step: String
        var code = zmq_errno()
    }

    /// Connects, without encryption if there are no keys, sends `messages`, and returns the first `count` messages that come, or fewer if none comes for
    /// `patience`.
    static func dial(
        _ address: IPv4Address, _ port: UInt16, serverKey: X25519PublicKey? = nil, keys: X25519KeyPair? = nil,
        sending messages: [[Bytes]], expecting count: Int, patience: Int32 = 10_000
    ) async throws -> [[Bytes]] {
        try await onThread {
            try withContext { context in
                try withSocket(context, ZMQ_DEALER, keys) { socket in
                    if let serverKey { set(socket, ZMQ_CURVE_SERVERKEY, serverKey.bytes) }
                    set(socket, ZMQ_RCVTIMEO, patience)
                    guard zmq_connect(socket, "tcp://\(address):\(port)") == 0 else { throw Failure(step: "connect") }
                    for message in messages { send(socket, message) }
                    var received: [[Bytes]] = []
                    while received.count < count, let message = receive(socket) { received.append(message) }
                    return received
                }
            }
        }
    }

    /// Accepts one connection, answers its first message with `answer`, and waits until the connection ends.
    /// - Parameter bound: given the port.
    /// - Returns: all messages that came, each with its routing id; `nil` when the connection did not end.
    static func serve(
        at address: IPv4Address, keys: X25519KeyPair, bound: OneShot<UInt16>,
        answer: @escaping @Sendable ([Bytes]) -> [Bytes]
    ) async throws -> [[Bytes]]? {
        try await onThread {
            try withContext { context in
                try withSocket(context, ZMQ_ROUTER, keys) { socket in
                    set(socket, ZMQ_CURVE_SERVER, 1)
                    set(socket, ZMQ_RCVTIMEO, 10_000)
                    guard zmq_bind(socket, "tcp://\(address):*") == 0 else { throw Failure(step: "bind") }
                    zmq_socket_monitor(socket, "inproc://watch", ZMQ_EVENT_DISCONNECTED)
                    guard let watch = zmq_socket(context, ZMQ_PAIR) else { throw Failure(step: "watch") }
                    defer { zmq_close(watch) }
                    set(watch, ZMQ_RCVTIMEO, 10_000)
                    zmq_connect(watch, "inproc://watch")
                    bound.give(port(of: socket))
                    guard let first = receive(socket) else { throw Failure(step: "receive") }
                    send(socket, answer(first))
                    guard receive(watch) != nil else { return nil }
                    var all = [first]
                    set(socket, ZMQ_RCVTIMEO, 0)
                    while let message = receive(socket) { all.append(message) }
                    return all
                }
            }
        }
    }

    private static func withContext<Value>(_ body: (UnsafeMutableRawPointer) throws -> Value) throws -> Value {
        guard let context = zmq_ctx_new() else { throw Failure(step: "context") }
        defer { zmq_ctx_term(context) }
        return try body(context)
    }

    private static func withSocket<Value>(
        _ context: UnsafeMutableRawPointer, _ type: Int32, _ keys: X25519KeyPair?,
        _ body: (UnsafeMutableRawPointer) throws -> Value
    ) throws -> Value {
        guard let socket = zmq_socket(context, type) else { throw Failure(step: "socket") }
        defer { zmq_close(socket) }
        set(socket, ZMQ_LINGER, 0)
        if let keys {
            set(socket, ZMQ_CURVE_PUBLICKEY, keys.publicKey.bytes)
            set(socket, ZMQ_CURVE_SECRETKEY, keys.secretKey)
        }
        return try body(socket)
    }

    private static func port(of socket: UnsafeMutableRawPointer) -> UInt16 {
        var text = Bytes(repeating: 0, count: 256)
        var size = text.count
        zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, &text, &size)
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self).split(separator: ":").last.flatMap {
            UInt16($0)
        } ?? 0
    }

    private static func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Int32) {
        var value = value
        zmq_setsockopt(socket, option, &value, MemoryLayout<Int32>.size)
    }

    private static func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Bytes) {
        zmq_setsockopt(socket, option, value, value.count)
    }

    private static func send(_ socket: UnsafeMutableRawPointer, _ frames: [Bytes]) {
        for (index, frame) in frames.enumerated() {
            zmq_send(socket, frame, frame.count, index + 1 < frames.count ? ZMQ_SNDMORE : 0)
        }
    }

    private static func receive(_ socket: UnsafeMutableRawPointer) -> [Bytes]? {
        var frames: [Bytes] = []
        var more = true
        while more {
            var part = zmq_msg_t()
            zmq_msg_init(&part)
            defer { zmq_msg_close(&part) }
            guard zmq_msg_recv(&part, socket, 0) >= 0 else { return nil }
            frames.append(Bytes(UnsafeRawBufferPointer(start: zmq_msg_data(&part), count: zmq_msg_size(&part))))
            more = zmq_msg_more(&part) != 0
        }
        return frames
    }
}
