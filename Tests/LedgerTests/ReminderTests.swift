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
}
