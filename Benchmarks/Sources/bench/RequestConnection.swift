import CTLS
import Glibc
import SessionProtocol

/// One keep-alive HTTPS connection that blocks, so that a client costs one thread and no machinery of its own. Used by one
/// thread at a time. The certificate is not checked: the nodes' are self-signed.
final class RequestConnection {
    private let socket: Int32
    private let context: OpaquePointer
    private let session: OpaquePointer
    private let host: String
    private var received = Bytes()
    private var buffer = Bytes(repeating: 0, count: 65_536)

    /// Connects and shakes hands.
    /// - Throws: ``BenchError`` when either fails.
    init(address: String, port: UInt16) throws {
        host = "\(address):\(port)"
        socket = try Self.connect(address, port)
        guard let context = SSL_CTX_new(TLS_client_method()), let session = SSL_new(context) else {
            throw BenchError("OpenSSL gives no connection to \(host)")
        }
        self.context = context
        self.session = session
        SSL_set_fd(session, socket)
        guard SSL_connect(session) == 1 else { throw BenchError("TLS handshake with \(host) failed") }
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
        Glibc.close(socket)
    }

    private static func connect(_ address: String, _ port: UInt16) throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        guard socket >= 0, inet_pton(AF_INET, address, &target.sin_addr) == 1 else {
            throw BenchError("no socket for \(address)")
        }
        let result = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw BenchError("cannot connect to \(address):\(port)") }
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        return socket
    }

    /// The bytes of a POST request, ready to send.
    func request(_ path: String, _ body: Bytes) -> Bytes {
        Bytes("POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// Sends one request and waits for its answer.
    /// - Returns: the answer's body.
    /// - Throws: ``BenchError`` unless the status is 200.
    func exchange(_ request: Bytes) throws -> Bytes {
        guard SSL_write(session, request, Int32(request.count)) == request.count else {
            throw BenchError("\(host) closed the connection")
        }
        received.removeAll(keepingCapacity: true)
        var head: (end: Int, length: Int)?
        while true {
            if head == nil, let end = received.firstRange(of: Bytes("\r\n\r\n".utf8))?.upperBound {
                head = (end, try length(of: received[..<end]))
            }
            if let head, received.count >= head.end + head.length { return Bytes(received[head.end...]) }
            let count = SSL_read(session, &buffer, Int32(buffer.count))
            guard count > 0 else { throw BenchError("\(host) ended the connection inside an answer") }
            received.append(contentsOf: buffer[..<Int(count)])
        }
    }

    /// The Content-Length of a head whose status is 200.
    private func length(of head: ArraySlice<UInt8>) throws -> Int {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first, status.contains(" 200 ") else {
            throw BenchError("\(host) answered \(lines.first ?? "nothing")")
        }
        for line in lines where line.lowercased().hasPrefix("content-length:") {
            let digits = line.drop { $0 != ":" }.dropFirst().filter { $0 != " " }
            if let length = Int(digits) { return length }
        }
        throw BenchError("\(host) answered without Content-Length")
    }
}
