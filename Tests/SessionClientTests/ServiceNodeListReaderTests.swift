import NodeRuntime
import SessionProtocol
import Testing

@testable import SessionClient

/// How the clients of one process read the service node list together.
@Suite("Reading the list together") struct ServiceNodeListReaderTests {
    private static func place(_ list: ServiceNodeList) -> Int {
        list.nodes.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    }

    private func fetch(_ network: FakeNetwork, _ reader: ServiceNodeListReader?) async throws -> ServiceNodeList {
        try await ServiceNodeList.fetch(
            from: FakeNetwork.seedURL, over: network, timeout: .seconds(5), reader: reader)
    }

    @Test("Clients that read together hold one list, equal to what each reads alone; another answer gives another list")
    func sharing() async throws {
        let reader = ServiceNodeListReader()
        let network = FakeNetwork()
        let alone = try await fetch(network, nil)
        let first = try await fetch(network, reader)
        #expect(first == alone && first.onionNodes == alone.nodes.map(\.keys))
        #expect(Self.place(try await fetch(network, reader)) == Self.place(first))
        #expect(Self.place(alone) != Self.place(first))
        network.change { $0.seedReply = FakeNetwork.listReply(network.nodes.dropLast().map(FakeNetwork.listing)) }
        #expect(try await fetch(network, reader).nodes.count == 7)
        network.change { $0.seedReply = nil }
        #expect(Self.place(try await fetch(network, reader)) == Self.place(first))
    }

    @Test("A known body under a wrong status or type is refused all the same, and a bad one each time")
    func refusals() async throws {
        let reader = ServiceNodeListReader()
        let network = FakeNetwork()
        _ = try await fetch(network, reader)
        let good = FakeNetwork.listReply(network.nodes.map(FakeNetwork.listing))
        network.change { $0.seedReply = HTTPReply(status: 500, headers: good.headers, body: good.body) }
        await #expect(throws: BootstrapFailure.status(500, text: excerpt(good.body))) {
            try await fetch(network, reader)
        }
        network.change { $0.seedReply = HTTPReply(status: 200, body: good.body) }
        await #expect(throws: BootstrapFailure.contentType(nil)) { try await fetch(network, reader) }
        network.change { $0.seedReply = FakeNetwork.listReply([]) }
        for _ in 1...2 {
            await #expect(throws: BootstrapFailure.noUsableNode(listed: 0)) { try await fetch(network, reader) }
        }
    }
}
