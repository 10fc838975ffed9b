import CZMQ
import Glibc
import SessionCrypto
import SessionProtocol

/// A call into libzmq that failed.
struct ZMQError: Error, CustomStringConvertible {
    var operation: String
    var code: Int32

    /// The call that just failed on this thread.
    init(_ operation: String) {
        self.operation = operation
        code = zmq_errno()
    }

    var reason: String { String(cString: zmq_strerror(code)) }
    var description: String { "\(operation): \(reason)" }
}

/// A libzmq context.
struct ZMQContext: @unchecked Sendable {  // libzmq documents contexts as safe to share between threads
    let raw: UnsafeMutableRawPointer

    /// - Parameter sockets: so many at once. libzmq makes room for all of them at the start, twelve bytes each.
    init(ioThreads: Int32, sockets: Int = SocketBudget.zmqSocketLimit) throws(ZMQError) {
        guard let raw = zmq_ctx_new() else { throw ZMQError("zmq_ctx_new") }
        self.raw = raw
        // Both must be set before the first socket is made.
        zmq_ctx_set(raw, ZMQ_MAX_SOCKETS, Int32(sockets))
        zmq_ctx_set(raw, ZMQ_IO_THREADS, ioThreads)
    }

    var mostSockets: Int { Int(zmq_ctx_get(raw, ZMQ_MAX_SOCKETS)) }

    /// Blocks until every socket is gone.
    func terminate() { zmq_ctx_term(raw) }
}

/// A ZeroMQ socket. libzmq forbids touching one from two threads at once, so it stays with its ``PollLoop``.
final class ZMQSocket {
    /// A whole message.
    struct Message {
        var frames: [Bytes]
        /// The key that CURVE proved, as the ZAP handler named it.
        var sender: X25519PublicKey?
        var senderAddress: IPv4Address?
    }

    let raw: UnsafeMutableRawPointer
    /// What the socket is known by in epoll.
    let id: UInt64
    /// Readable when the socket may have changed; read ``events`` then.
    let descriptor: Int32
    /// Called when the socket may have something to do. Must read ``events`` until they promise nothing more.
    var onReady: () -> Void = {}
    /// Whether the loop will look at it before it waits.
    var isTouched = false
    /// libzmq frees what ``raw`` points to some time after the close, so nothing may look at it from then on.
    private(set) var isOpen = true

    init(_ context: ZMQContext, type: Int32, id: UInt64) throws(ZMQError) {
        guard let raw = zmq_socket(context.raw, type) else { throw ZMQError("zmq_socket") }
        var descriptor: Int32 = -1
        var size = MemoryLayout<Int32>.size
        guard zmq_getsockopt(raw, ZMQ_FD, &descriptor, &size) == 0 else {
            let error = ZMQError("zmq_getsockopt ZMQ_FD")
            zmq_close(raw)
            throw error
        }
        self.raw = raw
        self.id = id
        self.descriptor = descriptor
    }

    func set(_ option: Int32, _ value: Int32) throws(ZMQError) {
        var value = value
        try check(zmq_setsockopt(raw, option, &value, MemoryLayout<Int32>.size), "zmq_setsockopt \(option)")
    }

    func set(_ option: Int32, int64 value: Int64) throws(ZMQError) {
        var value = value
        try check(zmq_setsockopt(raw, option, &value, MemoryLayout<Int64>.size), "zmq_setsockopt \(option)")
    }

    func set(_ option: Int32, _ bytes: Bytes) throws(ZMQError) {
        try check(zmq_setsockopt(raw, option, bytes, bytes.count), "zmq_setsockopt \(option)")
    }

    func bind(_ endpoint: String) throws(ZMQError) { try check(zmq_bind(raw, endpoint), "zmq_bind") }
    func connect(_ endpoint: String) throws(ZMQError) { try check(zmq_connect(raw, endpoint), "zmq_connect") }

    /// Where the last ``bind(_:)`` ended up, with the port the system chose.
    func boundEndpoint() throws(ZMQError) -> String {
        var text = Bytes(repeating: 0, count: 256)
        var size = text.count
        try check(zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, &text, &size), "zmq_getsockopt ZMQ_LAST_ENDPOINT")
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Ready to receive, to send. Reading them also lets the socket do its housekeeping and clears ``descriptor``, so
    /// they must be read again after every send and receive, or a wake-up is lost.
    var events: (canReceive: Bool, canSend: Bool) {
        var events: Int32 = 0
        var size = MemoryLayout<Int32>.size
        guard isOpen, zmq_getsockopt(raw, ZMQ_EVENTS, &events, &size) == 0 else { return (false, false) }
        return (events & ZMQ_POLLIN != 0, events & ZMQ_POLLOUT != 0)
    }

    /// - Parameter account: where large frames count until they are on their way.
    /// - Returns: `false` when the message was not taken: nobody has that routing id, or a queue is full.
    func send(_ frames: [Bytes], countedIn account: UnreadAnswers.Account? = nil) -> Bool {
        guard isOpen else { return false }
        for (index, frame) in frames.enumerated() {
            let flags = ZMQ_DONTWAIT | (index + 1 < frames.count ? ZMQ_SNDMORE : 0)
            if let account, frame.count >= UnreadAnswers.leastCounted {
                var message = zmq_msg_t(frame, countedIn: account)
                guard zmq_msg_send(&message, raw, flags) >= 0 else {
                    zmq_msg_close(&message)
                    return false
                }
            } else {
                guard zmq_send(raw, frame, frame.count, flags) >= 0 else { return false }
            }
        }
        return true
    }

    /// - Parameter waits: whether to block until something is there, or until the socket's receive time-out.
    /// - Returns: `nil` when nothing is there.
    func receive(withSender: Bool = false, waits: Bool = false) -> Message? {
        guard isOpen else { return nil }
        var result = Message(frames: [])
        var more = true
        while more {
            var part = zmq_msg_t()
            zmq_msg_init(&part)
            defer { zmq_msg_close(&part) }
            guard zmq_msg_recv(&part, raw, waits ? 0 : ZMQ_DONTWAIT) >= 0 else { return nil }
            result.frames.append(Bytes(UnsafeRawBufferPointer(start: zmq_msg_data(&part), count: zmq_msg_size(&part))))
            more = zmq_msg_more(&part) != 0
            guard withSender, !more else { continue }
            result.sender = Self.text("User-Id", of: &part).flatMap { Hex.decode(utf8: $0) }.flatMap {
                X25519PublicKey($0)
            }
            result.senderAddress = Self.text("Peer-Address", of: &part).flatMap { IPv4Address(utf8: $0) }
        }
        return result
    }

    /// A property of a message's connection, as long as the message lives.
    private static func text(_ property: StaticString, of part: inout zmq_msg_t) -> UnsafeBufferPointer<UInt8>? {
        let name = UnsafeRawPointer(property.utf8Start).assumingMemoryBound(to: CChar.self)
        guard let text = zmq_msg_gets(&part, name) else { return nil }
        return text.withMemoryRebound(to: UInt8.self, capacity: strlen(text)) {
            UnsafeBufferPointer(start: $0, count: strlen(text))
        }
    }

    /// Gives the socket back; what was not sent yet gets `linger` milliseconds in the background.
    func close(linger: Int32) {
        guard isOpen else { return }
        isOpen = false
        var linger = linger
        zmq_setsockopt(raw, ZMQ_LINGER, &linger, MemoryLayout<Int32>.size)
        zmq_close(raw)
    }

    private func check(_ result: Int32, _ operation: @autoclosure () -> String) throws(ZMQError) {
        guard result == 0 else { throw ZMQError(operation()) }
    }
}

extension ZMQSocket {
    /// Milliseconds until a connection's handshake must be finished (storage-node §2.2).
    static let handshakeLimit: Int32 = 10_000

    /// What listeners and links share (storage-node §2.2).
    /// - Parameter keys: `nil` leaves the socket without encryption.
    func setCommonOptions(keys: X25519KeyPair?) throws(ZMQError) {
        // Setting any CURVE option also chooses the mechanism.
        if let keys {
            try set(ZMQ_CURVE_PUBLICKEY, keys.publicKey.bytes)
            try set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
        }
        try set(ZMQ_MAXMSGSIZE, int64: Int64(Limits.requestBytes))
        try set(ZMQ_HANDSHAKE_IVL, Self.handshakeLimit)
        // No heartbeats of our own, though the reference sends them: where a connection's input is stopped and its peer
        // goes away, libzmq 4.3.4's heartbeat timer finds the engine broken and aborts the process, which a remote can
        // bring about at will by taking over its own routing id. A peer's heartbeats are still answered, and the kernel's
        // probes end connections whose other side is gone.
        try set(ZMQ_TCP_KEEPALIVE, 1)
        try set(ZMQ_TCP_KEEPALIVE_IDLE, 15)
        try set(ZMQ_TCP_KEEPALIVE_INTVL, 5)
        try set(ZMQ_TCP_KEEPALIVE_CNT, 3)
    }
}
