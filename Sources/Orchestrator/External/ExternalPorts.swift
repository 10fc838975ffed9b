import Glibc
import NodeRuntime
import SessionProtocol

/// The two ports of an external server, found before it starts, because it cannot say afterwards which ones it took.
///
/// The reference's queue binds every address of the machine (storage-node §1), so its port must be free on all of them,
/// and stay so: it is held by a socket that binds it without listening, and so nobody but a program that insists on
/// sharing can have it. ZeroMQ does; another run that looks for ports does not. The HTTPS port is the one above, at the
/// node's own address: no other run that keeps to this rule takes it.
final class ExternalPorts: Sendable {
    let ports: ListenerPorts
    private let holder: Int32

    /// Even ones from here on: those that the reference has on the main network. The system itself hands out higher
    /// ones.
    private static let first: UInt16 = 22_020
    private static let last: UInt16 = 32_000

    /// - Parameter address: what HTTPS will be bound at.
    /// - Throws: ``NoneFree``
    init(for address: IPv4Address) throws(NoneFree) {
        for port in stride(from: Self.first, through: Self.last, by: 2) {
            guard let holder = Self.bound(port, at: .unknown) else { continue }
            guard let probe = Self.bound(port + 1, at: address) else {
                close(holder)
                continue
            }
            close(probe)
            var yes: Int32 = 1
            // Only after the port was had alone: from now on it may be shared.
            guard setsockopt(holder, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
                close(holder)
                continue
            }
            self.holder = holder
            ports = ListenerPorts(http: port + 1, omq: port)
            return
        }
        throw NoneFree(address: address, first: Self.first, last: Self.last + 1)
    }

    deinit { close(holder) }

    /// - Returns: a socket that has the port at that address, ``IPv4Address/unknown`` meaning all; `nil` when somebody
    ///   else has it.
    private static func bound(_ port: UInt16, at address: IPv4Address) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = address.rawValue.bigEndian
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Every port there may be is taken.
    struct NoneFree: Error, CustomStringConvertible {
        let address: IPv4Address
        let first: UInt16
        let last: UInt16

        var description: String {
            "no two ports in a row of \(first)–\(last) are free at \(address); end other programs that listen there"
        }
    }
}
