import CZMQ
import SessionProtocol

/// Answers libzmq's question who may connect: anyone with a CURVE key, whose hex becomes the connection's user id, as
/// long as the listener has room (storage-node §2.2, ZMQ RFC 27).
final class ZAPHandler {
    /// A listener, as far as it matters here.
    struct Door {
        /// Whether callers prove a key.
        var isEncrypted: Bool
        /// Whether there is room for who proved this key, or for one who proves none.
        var admits: (X25519PublicKey?) -> Bool
    }

    /// What a listener is known by here; nobody else sees it, so it need not be the reference's `i0e`.
    static func domain(of listener: ZMQSocket) -> Bytes { Bytes("i\(listener.id)e".utf8) }

    private let socket: ZMQSocket
    private unowned let loop: PollLoop

    init(_ loop: PollLoop) throws(ZMQError) {
        self.loop = loop
        socket = try loop.makeSocket(ZMQ_REP)
        do {
            try socket.bind("inproc://zeromq.zap.01")
            try loop.watch(socket)
        } catch {
            loop.close(socket)
            throw error
        }
        socket.onReady = { [unowned self] in answerAll() }
    }

    func close(_ loop: PollLoop) { loop.close(socket) }

    private func answerAll() {
        while socket.events.canReceive {
            guard let request = socket.receive(), socket.send(answer(request.frames)) else { continue }
        }
    }

    /// - Parameter request: version, request id, domain, address, routing id, mechanism, credentials…
    private func answer(_ request: [Bytes]) -> [Bytes] {
        func reply(_ status: String, _ text: String, userID: String = "", metadata: Bytes = []) -> [Bytes] {
            let id = request.count > 1 ? request[1] : []
            return [Bytes("1.0".utf8), id, Bytes(status.utf8), Bytes(text.utf8), Bytes(userID.utf8), metadata]
        }
        guard request.count >= 6, request[0] == Bytes("1.0".utf8) else { return reply("500", "Invalid ZAP request") }
        guard let door = loop.doors[request[2]] else { return reply("400", "Unknown domain") }
        var key: X25519PublicKey?
        if door.isEncrypted {
            guard request[5] == Bytes("CURVE".utf8), request.count == 7, let proved = X25519PublicKey(request[6]) else {
                return reply("500", "Invalid credentials: a CURVE key is needed")
            }
            key = proved
        }
        // Not 300, "try again": libzmq would leave the connection open until its time for the handshake is over.
        guard door.admits(key) else { return reply("400", "Too many connections") }
        // Whether this key is an administrator is asked again for every message, so the connection itself is never
        // one.
        return reply("200", "", userID: key?.hex ?? "", metadata: Self.property("X-AuthLevel", "none"))
    }

    private static func property(_ name: String, _ value: String) -> Bytes {
        var bytes: Bytes = [UInt8(name.utf8.count)]
        bytes += name.utf8
        withUnsafeBytes(of: UInt32(value.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
        return bytes + value.utf8
    }
}
