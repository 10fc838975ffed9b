import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import Ledger

/// A ledger that was stopped goes on where it ended.
@Suite struct ArchiveRestartTests {
    private static func name(_ text: String) throws -> LedgerTransaction {
        let name = try SessionName(text)
        let account = try #require(AccountID([5] + Bytes(repeating: 7, count: 32)))
        return .name(
            NameRegistration(
                name: NameHash(of: name), record: NameRecord(of: account, named: name, chance: [1]),
                owner: TestNetwork.wallet, burn: .coins(20)))
    }

    /// Every kind of thing that changes the chain.
    private func live(through network: TestNetwork) async throws {
        try await network.register()
        for index in 0..<network.nodes.count { try await network.ping(index) }
        try await network.ledger.submit([try Self.name("alice")])
        try await network.forced(.decommission, 0)
        try await network.forced(.deregister, 1)
        try await network.ledger.advance(blocks: 5, silent: [network.nodes[0].legacy.publicKey])
        try await network.ledger.reorganise(depth: 3)
    }

    @Test("A restarted ledger has the same blocks, nodes, names, coins and blacklist, and goes on with the same hashes")
    func continues() async throws {
        let archive = InMemoryBlockArchive()
        let control = try await TestNetwork(nodes: 12)
        let first = try await TestNetwork(nodes: 12, archive: archive)
        try await live(through: control)
        try await live(through: first)
        await first.ledger.close()
        archive.reopen()
        let second = try await TestNetwork(nodes: 12, archive: archive)
        #expect(await second.ledger.blocks == control.ledger.blocks)
        let states = (await second.ledger.chain.state, await control.ledger.chain.state)
        #expect(states.0 == states.1)
        #expect(await second.ledger.status.totals == control.ledger.status.totals)
        #expect(await second.ledger.blacklist.count == 1)
        #expect(await second.ledger.swarmHistory == control.ledger.swarmHistory)
        #expect(await second.ledger.status.time == control.ledger.status.time, "time does not fall back")
        #expect(await second.ledger.status.nodes.allSatisfy { $0.proof == nil })
        for index in 2..<12 { try await second.ping(index) }
        #expect(await second.ledger.status.nodes.count { $0.proof != nil } == 10)
        let proved = await second.ledger.status
        while await control.ledger.status.height < proved.height { try await control.ledger.advance(blocks: 1) }
        #expect(await control.ledger.status.topHash == proved.topHash)
    }

    @Test("An archive of another seed, other balances or other rules is refused with both sides named")
    func otherLedger() async throws {
        let archive = InMemoryBlockArchive()
        _ = try await TestNetwork.live(nodes: 2, archive: archive)
        var scaled = TestNetwork.rules
        scaled.timeScale = 60
        var others = [TestNetwork.genesis(for: 3), TestNetwork.genesis(for: 2, rules: scaled)]
        others.append(TestNetwork.genesis(for: 2))
        others[2].networkSeed = 8
        for genesis in others {
            let error = #expect(throws: ArchiveOpeningError.self) { _ = try archive.chain(from: genesis) }
            guard case .otherLedger(let archived, let asked) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(archived != asked && error?.description.contains(archived) == true)
        }
        var later = TestNetwork.genesis(for: 2)
        later.timestamp += 1_000
        #expect(try archive.chain(from: later).blocks[0].timestamp == TestClock.epoch / 1_000)
    }

    @Test(
        "A damaged archive is refused with the block and what is wrong with it",
        arguments: [
            (1, Bytes("nonsense".utf8), "block 1: the whole"),
            (1, Bytes("d4:salti0e4:timei0e12:transactionsl2:xxee".utf8), "block 1: its transaction 0"),
            (1, Bytes("d4:salti0e12:transactionslee".utf8), "block 1: its time"),
            (2, Bytes("d4:salti0e4:timei9e12:transactionslee".utf8), "block 2: its time 9 lies before"),
        ] as [(UInt64, Bytes, String)])
    func damaged(height: UInt64, content: Bytes, words: String) async throws {
        let archive = InMemoryBlockArchive()
        _ = try await TestNetwork.live(nodes: 2, archive: archive)
        try archive.replace(fromHeight: height, with: [StoredBlock(height: height, content: content)])
        let error = #expect(throws: ArchiveOpeningError.self) {
            _ = try archive.chain(from: TestNetwork.genesis(for: 2))
        }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("Nobody hears of a block that could not be kept, and what was in it is not in line any more")
    func unkept() async throws {
        let archive = InMemoryBlockArchive()
        let network = try await TestNetwork(nodes: 2, archive: archive)
        _ = await network.transport.call("sub.block", as: TestNetwork.stranger)
        try await network.ledger.submit([TestNetwork.registration(of: network.nodes[0])])
        let before = await network.ledger.status
        let events = network.events.events.count
        archive.close()
        await #expect(throws: StorageError.closed) {
            try await network.ledger.submit([TestNetwork.registration(of: network.nodes[1])])
        }
        await #expect(throws: StorageError.closed) { try await network.ledger.advance(blocks: 3) }
        await #expect(throws: StorageError.closed) { try await network.ledger.reorganise(depth: 1) }
        #expect(network.transport.pushes.count == 1)
        #expect(network.events.events.dropFirst(events).map(\.kind) == [.writingFailed])
        #expect(await network.ledger.pending.isEmpty)
        #expect(try await network.result("rpc.get_height") == ["height": 2])
        let after = await network.ledger.status
        #expect(after.topHash == before.topHash && after.nodes == before.nodes && after.failure != nil)

        archive.reopen()
        try await network.ledger.submit([TestNetwork.registration(of: network.nodes[1])])
        #expect(network.events.events.contains { $0.kind == .writingResumed })
        #expect(await network.ledger.status.failure == nil)
        let control = try await TestNetwork(nodes: 2)
        for node in network.nodes { try await control.ledger.submit([TestNetwork.registration(of: node)]) }
        #expect(await network.ledger.status.topHash == control.ledger.status.topHash)
        #expect(try archive.all().count == 3)
    }

    @Test(
        "A ledger whose blocks cannot be kept makes the one that was due by itself once they can",
        arguments: [LedgerConfiguration.BlockTime.every(.seconds(1)), .every(.seconds(3_600)), .auto])
    func goesOn(blockTime: LedgerConfiguration.BlockTime) async throws {
        let archive = InMemoryBlockArchive()
        let network = try await TestNetwork(nodes: 2, blockTime: blockTime, archive: archive)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await network.ledger.run() }
            defer { group.cancelAll() }
            archive.close()
            await #expect(throws: StorageError.closed) { try await network.ledger.advance(blocks: 1) }
            #expect(await network.ledger.status.failure != nil)
            // Several tries find it closed still; each is followed by another.
            for _ in 0..<3 {
                await network.clock.untilSomeoneSleeps(until: network.clock.uptime + .seconds(1))
                network.clock.advance(by: .seconds(1))
            }
            await network.clock.untilSomeoneSleeps(until: network.clock.uptime + .seconds(1))
            #expect(await network.ledger.status.height == 0)
            archive.reopen()
            network.clock.advance(by: .seconds(1))
            while network.events.all(.block).isEmpty { await Task.yield() }
            #expect(await network.ledger.status.failure == nil)
            #expect(network.events.all(.writingFailed).count == 1 && network.events.all(.writingResumed).count == 1)
        }
    }

    @Test("A node that is told of the chain as late as can be still is while a block cannot be kept")
    func unkeptFarBelow() async throws {
        let archive = InMemoryBlockArchive()
        let network = try await TestNetwork.live(nodes: 2, archive: archive)
        try await network.ledger.advance(blocks: 400)
        let (key, caller) = (network.nodes[0].legacy.publicKey, network.nodes[0].x25519.publicKey)
        try await network.ledger.setLag(360, for: key)
        let before = try await network.result("rpc.get_service_nodes", ["fields": ["all": true]], as: caller)
        archive.close()
        await #expect(throws: StorageError.closed) { try await network.ledger.submit([try Self.name("alice")]) }
        let after = try await network.result("rpc.get_service_nodes", ["fields": ["all": true]], as: caller)
        #expect(after["height"] == before["height"] && after["height"]?.asInteger != nil)
    }

    @Test("Skipped time that could not be kept is not told of")
    func unkeptAdvance() async throws {
        let archive = InMemoryBlockArchive()
        let network = try await TestNetwork.live(nodes: 2, archive: archive)
        let events = network.events.events.count
        archive.close()
        await #expect(throws: StorageError.closed) { try await network.ledger.advance(blocks: 3) }
        #expect(network.events.events.dropFirst(events).map(\.kind) == [.writingFailed])
        #expect(try await network.result("rpc.get_height") == ["height": 3])
    }
}
