import Glibc
import NodeRuntime
import SessionProtocol
import Testing

@testable import Orchestrator

@Suite struct ExternalPortsTests {
    private func listens(on port: UInt16, at address: IPv4Address, sharing: Bool) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var yes: Int32 = 1
        if sharing { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size)) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = address.rawValue.bigEndian
        let bound = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return bound == 0 && listen(descriptor, 1) == 0
    }

    @Test("Servers of one machine get different ports, each its queue's and the one above")
    func different() throws {
        let address = IPv4Address(127, 250, 0, 1)
        let held = try (0..<3).map { _ in try ExternalPorts(for: address) }
        let queues = held.compactMap(\.ports.omq)
        #expect(Set(queues).count == 3)
        #expect(held.compactMap(\.ports.http) == queues.map { $0 + 1 })
    }

    @Test("A held port is the server's, who shares it, and nobody else's at any address")
    func held() throws {
        let held = try ExternalPorts(for: IPv4Address(127, 250, 0, 2))
        let port = try #require(held.ports.omq)
        #expect(!listens(on: port, at: .unknown, sharing: false))
        #expect(!listens(on: port, at: IPv4Address(127, 250, 0, 9), sharing: false))
        #expect(listens(on: port, at: .unknown, sharing: true))
        // The port above is taken by no one, for not every server shares.
        #expect(listens(on: try #require(held.ports.http), at: IPv4Address(127, 250, 0, 2), sharing: false))
        withExtendedLifetime(held) {}
    }
}
