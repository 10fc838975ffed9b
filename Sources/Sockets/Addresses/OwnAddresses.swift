import Glibc
import SessionProtocol

/// The IPv4 addresses of this machine.
public enum OwnAddresses {
    /// Whether a listener may have it. The kernel is asked, as all of 127.0.0.0/8 is this machine.
    public static func contains(_ address: IPv4Address) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // Without a socket nothing can be said against the address; a listener will fail for its own reason.
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var wanted = sockaddr_in()
        wanted.sin_family = sa_family_t(AF_INET)
        guard inet_pton(AF_INET, address.description, &wanted.sin_addr) == 1 else { return false }
        let bound = withUnsafePointer(to: &wanted) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return bound == 0 || errno != EADDRNOTAVAIL
    }

    /// Those of its interfaces, in the system's order, each once.
    public static var all: [IPv4Address] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [IPv4Address] = []
        var next = list
        while let interface = next?.pointee {
            next = interface.ifa_next
            guard let address = interface.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET) else { continue }
            var bytes = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr }
            var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
            guard inet_ntop(AF_INET, &bytes, &text, socklen_t(text.count)) != nil else { continue }
            let string = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let known = IPv4Address(string), !found.contains(known) { found.append(known) }
        }
        return found
    }
}
