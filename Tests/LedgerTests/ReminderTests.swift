import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// A storage server that may have missed a block while it started.
@Suite struct ReminderTests {
    @Test("Who is to be reminded hears of the top block with every subscription, and nobody else does")
    func reminded() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        let late = NodeKeys(networkSeed: 1, name: "late")
        await network.ledger.adopt(late, publicIP: .loopback, isReminded: true)
        let before = network.transport.pushes.count
        _ = await network.transport.call("sub.block", as: network.nodes[0].x25519.publicKey, route: [1])
        #expect(network.transport.pushes.count == before)
        let top = try #require(await network.ledger.blocks.last)
        for (index, word) in ["OK", "ALREADY"].enumerated() {
            let reply = await network.transport.call("sub.block", as: late.x25519.publicKey, route: [9])
            #expect(reply == [Bytes(word.utf8)])
            let pushes = network.transport.pushes.dropFirst(before)
            #expect(pushes.count == index + 1)
            #expect(
                pushes.last
                    == TestTransport.Push(
                        command: "notify.block", parts: [Bytes(String(top.height).utf8), top.hash.bytes],
                        connection: OMQConnection(route: [9])))
        }
    }

    @Test("A node that subscribed is told of the top block again when somebody asks for it, and nobody else is")
    func again() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        for (number, node) in network.nodes.enumerated() {
            _ = await network.transport.call("sub.block", as: node.x25519.publicKey, route: [UInt8(number)])
        }
        let before = network.transport.pushes.count
        let absent = NodeKeys(networkSeed: 1, name: "absent").legacy.publicKey
        await network.ledger.remind([network.nodes[1].legacy.publicKey, absent])
        let pushes = network.transport.pushes.dropFirst(before)
        #expect(pushes.map(\.command) == ["notify.block"])
        #expect(pushes.first?.connection == OMQConnection(route: [1]))
    }
}
