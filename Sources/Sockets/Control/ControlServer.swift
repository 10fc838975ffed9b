import Glibc
import NodeRuntime
import SessionProtocol

/// HTTP on a Unix domain socket that only its owner may use.
public final class ControlServer: Sendable {
    private let listener: HTTPListener
    private let path: String

    /// In bytes. Linux has room for 107, but the HTTP client stops here, where other systems end.
    public static let longestPath = 103

    /// Listens at `path`. A socket that a dead process left there is replaced.
    ///
    /// - Throws: ``TransportError/cannotListen(address:reason:)`` when the path is longer than ``longestPath``, when
    ///   somebody listens there, or when there is something other than a socket.
    public init(path: String, process: SocketProcess, service: @escaping HTTPService) async throws(TransportError) {
        let socket = try Self.bind(path)
        let serving = HTTPServing(service: service, gate: Gate(), serverHeader: nil, date: process.date)
        listener = try await HTTPListener(boundSocket: socket, name: path, serving: serving, group: process.group)
        self.path = path
    }

    /// Stops serving, cuts every connection and removes the socket.
    public func close() async {
        await listener.close()
        unlink(path)
    }

    private static func bind(_ path: String) throws(TransportError) -> CInt {
        guard path.utf8.count <= longestPath else {
            throw .cannotListen(
                address: path,
                reason: "the path has \(path.utf8.count) bytes, and a Unix socket's may have \(longestPath)")
        }
        try makeWay(path)
        let socket = try open(path)
        // On Linux the socket's mode decides that of the file, so nobody else can get in between bind and chmod.
        guard fchmod(socket, 0o600) == 0, withAddress(path, { Glibc.bind(socket, $0, $1) }) == 0 else {
            throw failure(path, closing: socket)
        }
        return socket
    }

    private static func makeWay(_ path: String) throws(TransportError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw .cannotListen(address: path, reason: "there is something that is not a socket")
        }
        let socket = try open(path)
        defer { Glibc.close(socket) }
        if withAddress(path, { Glibc.connect(socket, $0, $1) }) == 0 {
            throw .cannotListen(address: path, reason: "another process listens there")
        }
        unlink(path)
    }

    private static func open(_ path: String) throws(TransportError) -> CInt {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw failure(path, closing: nil) }
        return socket
    }

    private static func failure(_ path: String, closing socket: CInt?) -> TransportError {
        let reason = String(cString: strerror(errno))
        if let socket { Glibc.close(socket) }
        return .cannotListen(address: path, reason: reason)
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }
}
