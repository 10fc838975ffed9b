import NodeRuntime
import SessionProtocol

extension JudgedTransport {
    /// What a request's tag adds to its size. Real tags are longer; a rule's throttle counts as in a simulation.
    static let tagSize = 8

    /// Bytes of a message of the queue without its tag.
    static func queueSize(_ first: String, _ parts: [Bytes]) -> Int {
        parts.reduce(first.utf8.count) { $0 + $1.count }
    }

    /// Host and path with query of a URL; a host that is a name is ``IPv4Address/unknown``.
    static func target(of url: String) -> (host: IPv4Address, path: String) {
        let bytes = Substring(url)
        guard let start = bytes.firstRange(of: "://")?.upperBound else { return (.unknown, "/") }
        let authority = bytes[start...].prefix { $0 != "/" }
        let path = bytes[authority.endIndex...]
        return (IPv4Address(authority.prefix { $0 != ":" }) ?? .unknown, path.isEmpty ? "/" : String(path))
    }
}

extension OMQConnection {
    /// The same connection with its peer's address in front, which a push must know to be judged.
    func tagged(with address: IPv4Address) -> OMQConnection {
        OMQConnection(route: withUnsafeBytes(of: address.rawValue.bigEndian) { Bytes($0) } + route)
    }

    /// What ``tagged(with:)`` put together; `nil` for what it did not.
    var untagged: (address: IPv4Address, connection: OMQConnection)? {
        guard route.count >= 4 else { return nil }
        let address = IPv4Address(route.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
        return (address, OMQConnection(route: Bytes(route.dropFirst(4))))
    }
}
