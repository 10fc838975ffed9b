import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// Time that is skipped in place of being waited for.
@Suite struct AdvanceTests {
    @Test("Blocks come one block time apart, with one notification and one report at the end")
    func blocks() async throws {
        let network = try await TestNetwork.live(nodes: 3)
        _ = await network.transport.call("sub.block", as: TestNetwork.stranger)
        let report = try await network.ledger.advance(blocks: 30)
        let blocks = await network.ledger.blocks
        let start = TestClock.epoch / 1_000
        #expect(blocks.count == 33 && blocks.dropFirst(3).map(\.timestamp) == (1...30).map { start + 120 * $0 })
        #expect(
            report
                == AdvanceReport(
                    blocks: 30, height: 32, hash: blocks[32].hash, timestamp: start + 3_600, passed: .seconds(3_600)))
        #expect(network.transport.pushes.map(\.parts) == [[Bytes("32".utf8), blocks[32].hash.bytes]])
        #expect(
            network.events.all(.ledgerAdvanced).map(\.fields) == [["blocks": 30, "height": 32, "seconds": 3_600]])
        #expect(network.events.all(.block).map { $0.fields["height"] } == [1, 2, 32])
        #expect(await network.ledger.status.time == start + 3_600)
    }

    @Test("The ledger's time stays ahead of the clock and goes on with it, for blocks and for proofs")
    func time() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        try await network.ledger.advance(blocks: 60)
        let start = TestClock.epoch / 1_000
        let status = await network.ledger.status
        #expect(status.nodes.allSatisfy { $0.proof?.timestamp == start + 7_200 })
        network.clock.advance(by: .seconds(100))
        try await network.forced(.decommission, 0)
        #expect(await network.ledger.status.topTimestamp == start + 7_300)
        try await network.ledger.advance(blocks: 1)
        #expect(await network.ledger.status.topTimestamp == start + 7_420)
    }

    @Test("Where the world's clocks stand at the end already, the ledger's time does not run ahead of them")
    func clocksFollowed() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        network.clock.advance(by: .seconds(1_200))
        try await network.ledger.advance(blocks: 10, clocksFollowed: true)
        let start = TestClock.epoch / 1_000
        let status = await network.ledger.status
        #expect(status.time == start + 1_200 && status.topTimestamp == start + 1_200)
        #expect(await network.ledger.blocks[3].timestamp == start + 120)
    }

    @Test("Who is not silent stays active; who is silent is set aside and in the end thrown out")
    func silence() async throws {
        let network = try await TestNetwork.live(nodes: 12)
        let silent = network.nodes[4].legacy.publicKey
        try await network.ledger.advance(blocks: 400, silent: [silent])
        let others = await network.ledger.status.nodes.filter { $0.node != silent }
        #expect(others.count == 11 && others.allSatisfy { $0.isActive })
        #expect(network.events.all(.nodeDecommissioned).map { $0.fields["node"] } == [.string(silent.hex)])
        #expect(network.events.all(.nodeDeregistered).map { $0.fields["node"] } == [.string(silent.hex)])
        #expect(network.events.all(.nodeDecommissioned)[0].fields["reasons"] == ["storage"])
        #expect(await network.ledger.status.nodes.count == 11)
        let heights = network.events.all(.block).compactMap { $0.fields["height"]?.asUnsigned }
        #expect(heights == heights.sorted() && heights.count < 20)
    }

    @Test("A silent node whose time was skipped comes back with its next ping and is taken back")
    func comesBack() async throws {
        let network = try await TestNetwork.live(nodes: 12)
        let silent = network.nodes[4].legacy.publicKey
        try await network.ledger.advance(blocks: 70, silent: [silent])
        #expect(network.events.all(.nodeDecommissioned).count == 1)
        try await network.ping(4)
        try await network.ledger.advance(blocks: 20)
        #expect(network.events.all(.nodeRecommissioned).map { $0.fields["node"] } == [.string(silent.hex)])
        #expect(await network.ledger.status.nodes.allSatisfy { $0.isActive })
    }

    @Test("Rewards of blocks in which nothing else happened are not told one by one, but the totals tell of them")
    func rewards() async throws {
        let network = try await TestNetwork.live(nodes: 2)
        let before = try #require(network.events.all(.block).last?.fields["minted"]?.asUnsigned)
        try await network.ledger.advance(blocks: 50)
        let after = try #require(network.events.all(.block).last?.fields["minted"]?.asUnsigned)
        let paid = await network.ledger.blocks.suffix(50).flatMap(\.events).reduce(UInt64(0)) { sum, event in
            guard case .rewarded(_, let payments) = event else { return sum }
            return payments.reduce(sum) { $0 + $1.amount.atomic }
        }
        #expect(after - before == paid && paid > 0)
        #expect(network.events.all(.rewardPaid).count { $0.fields["height"] == 52 } == 1)
        #expect(network.events.all(.rewardPaid).count { $0.fields["height"] == 51 } == 0)
    }

    @Test("A month of twelve nodes goes into the archive and comes back out of it")
    func month() async throws {
        let archive = InMemoryBlockArchive()
        let network = try await TestNetwork.live(nodes: 12, archive: archive)
        try await network.ledger.advance(blocks: 21_600)
        let again = try archive.chain(from: TestNetwork.genesis(for: 12))
        #expect(again.height == 21_603)
        let chain = await network.ledger.chain
        #expect(again.top == chain.top && again.state == chain.state)
    }
}
