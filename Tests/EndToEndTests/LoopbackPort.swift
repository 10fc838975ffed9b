import Foundation
import SessionProtocol
import Testing

/// A TCP port, as any other program would see it.
struct LoopbackPort: Hashable, CustomStringConvertible {
    var address: IPv4Address
    var port: UInt16

    var description: String { "\(address):\(port)" }

    /// Every port of a network, from its status.
    static func all(of status: JSON) throws -> [LoopbackPort] {
        var ports = [try url(status["ledger"]?["rpcURL"]), try url(status["ledger"]?["omqAddress"])]
        for node in try #require(status["nodes"]?.asArray) {
            let address = try #require(node["ip"]?.asString.flatMap { IPv4Address($0) })
            for field in ["httpsPort", "omqPort"] {
                let port = try #require(node[field]?.asUnsigned.flatMap(UInt16.init(exactly:)))
                ports.append(LoopbackPort(address: address, port: port))
            }
        }
        return ports
    }

    /// - Parameter text: `scheme://address:port`.
    static func url(_ text: JSON?) throws -> LoopbackPort {
        let parts = try #require(text?.asString).split(separator: "/").last?.split(separator: ":") ?? []
        return LoopbackPort(
            address: try #require(parts.first.flatMap { IPv4Address(String($0)) }),
            port: try #require(parts.last.flatMap { UInt16($0) }))
    }

    /// Whether somebody else can listen there now.
    var isFree: Bool {
        guard let listener = try? Listener(self) else { return false }  // why it cannot is not asked
        return listener.port == port
    }

    /// Listens until it is released.
    final class Listener {
        private let socket: Int32
        let port: UInt16

        /// Port 0 takes any free one.
        init(_ place: LoopbackPort) throws {
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            self.socket = socket
            var reuse: Int32 = 1
            // What is left of closed connections does not count, only listeners do.
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
            var address = place.socketAddress
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                    bind(socket, general, length) == 0 && listen(socket, 8) == 0
                        && getsockname(socket, general, &length) == 0
                }
            }
            port = UInt16(bigEndian: address.sin_port)
            guard bound else {
                let code = errno
                close(socket)
                throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EADDRINUSE)
            }
        }

        deinit { close(socket) }
    }

    var socketAddress: sockaddr_in {
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = address.rawValue.bigEndian
        return target
    }
}
