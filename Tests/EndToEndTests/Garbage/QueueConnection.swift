import CZMQ
import Foundation
import SessionCrypto
import SessionProtocol

/// A CURVE connection to a message queue that is sent any frames at all.
final class QueueConnection {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let context: UnsafeMutableRawPointer
    private let socket: UnsafeMutableRawPointer

    init(to place: LoopbackPort, serverKey: X25519PublicKey, keys: X25519KeyPair) throws {
        guard let context = zmq_ctx_new(), let socket = zmq_socket(context, ZMQ_DEALER) else {
            throw Failure(description: "no socket")
        }
        (self.context, self.socket) = (context, socket)
        set(ZMQ_CURVE_SERVERKEY, serverKey.bytes)
        set(ZMQ_CURVE_PUBLICKEY, keys.publicKey.bytes)
        set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
        for (option, value) in [(ZMQ_LINGER, 0), (ZMQ_RCVTIMEO, 10_000), (ZMQ_SNDTIMEO, 10_000)]
            as [(Int32, Int32)]
        {
            set(option, withUnsafeBytes(of: value) { Bytes($0) })
        }
        guard zmq_connect(socket, "tcp://\(place)") == 0 else {
            throw Failure(description: "cannot connect")
        }
    }

    deinit {
        zmq_close(socket)
        zmq_ctx_term(context)
    }

    func send(_ frames: [Bytes]) throws {
        for (index, frame) in frames.enumerated() {
            let flags = index + 1 < frames.count ? ZMQ_SNDMORE : 0
            guard zmq_send(socket, frame, frame.count, flags) >= 0 else {
                throw Failure(description: "cannot send")
            }
        }
    }

    /// Waits until all that was sent has been looked at: the answer to an unknown command comes after what was sent before.
    func settle(_ number: Int) throws {
        let command = Bytes("settle.\(number)".utf8)
        try send([command])
        while true {
            let message = try receive()
            if message == [Bytes("UNKNOWNCOMMAND".utf8), command] { return }
        }
    }

    private func receive() throws -> [Bytes] {
        var frames: [Bytes] = []
        while true {
            var part = zmq_msg_t()
            zmq_msg_init(&part)
            defer { zmq_msg_close(&part) }
            guard zmq_msg_recv(&part, socket, 0) >= 0 else {
                throw Failure(description: "no answer in 10 seconds")
            }
            frames.append(
                Bytes(UnsafeRawBufferPointer(start: zmq_msg_data(&part), count: zmq_msg_size(&part))))
            if zmq_msg_more(&part) == 0 { return frames }
        }
    }

    private func set(_ option: Int32, _ value: Bytes) {
        zmq_setsockopt(socket, option, value, value.count)
    }
}
