import Foundation
import NodeRuntime
import Orchestrator
import SessionClient
import SessionProtocol
import Testing
import TimeLimits

@testable import Scenarios

/// Lifetimes of messages at their real length, on live nodes in virtual time.
@Suite(.workLimit(minutes: 10)) struct LifetimeTests {
    @Test("A message of fourteen days is held by its whole swarm for fourteen days, and by nobody ten seconds later")
    func fourteenDays() async throws {
        try await withRunFolder { folder in
            var topology = Topology()
            topology.mode = .simulated
            // Two weeks of tests of each other would cost more than all the rest.
            topology.ledger.peerTesting = false
            let settings = NetworkSettings(
                topology: topology, seed: 14, directory: RunDirectory(name: "lifetime", parent: folder), executable: "")
            try await Testnet.run(settings) { testnet in
                try await testnet.start()
                try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                let (sender, recipient) = (try await testnet.client(0), try await testnet.client(1))
                let account = recipient.identity.account
                let lifetime = Duration.seconds(14 * 86_400)
                let sent = testnet.clock.uptime
                let stored = try await sender.store(Bytes("patience".utf8), for: account, ttl: lifetime)
                #expect(stored.acknowledged.count >= 5 && stored.failed.isEmpty)

                try await testnet.clock.sleep(for: lifetime - .seconds(10) - (testnet.clock.uptime - sent))
                #expect(try await holders(in: testnet) == stored.acknowledged.count)
                #expect(try await recipient.retrieve().map(\.hash) == [stored.hash])

                // Nodes sweep every ten seconds; a rare slow disk takes up to half a second more.
                try await testnet.clock.sleep(for: lifetime + .seconds(11) - (testnet.clock.uptime - sent))
                #expect(try await holders(in: testnet) == 0)
                #expect(try await recipient.retrieve().isEmpty)
            }
        }
    }

    /// How many nodes say that they hold anything.
    private func holders(in testnet: Testnet) async throws -> Int {
        let facts = testnet.events.subscribe()
        await testnet.takeInventory()
        var answers = 0
        var holders = 0
        for await recorded in facts where recorded.event.kind == .inventoryTaken {
            answers += 1
            if recorded.event.fields["records"]?.asArray?.isEmpty == false { holders += 1 }
            if answers == testnet.settings.topology.nodes.count { break }
        }
        return holders
    }
}
