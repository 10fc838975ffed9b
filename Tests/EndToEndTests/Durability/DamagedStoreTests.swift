import NodeRuntime
import Orchestrator
import SessionClient
import SessionProtocol
import Testing
import TimeLimits

extension ExecutableTests {
    @Suite("A node whose file is damaged", .workLimit(minutes: 3)) struct DamagedStore {
        @Test(
            "A damaged file is set aside and told of, and the swarm fills a new one",
            arguments: [Topology.Mode.inProcess, .subprocess])
        func refilled(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                let settings = try runSettings(mode, seed: 78, in: folder) { $0.nodes = .count(6) }
                try await Testnet.run(settings) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    let (sender, recipient) = (try await testnet.client(0), try await testnet.client(1))
                    var hashes: Set<MessageHash> = []
                    for number in 0..<40 {
                        let result = try await sender.store(
                            Bytes("kept \(number)".utf8), for: recipient.identity.account, ttl: .seconds(600))
                        #expect(result.failed.isEmpty)
                        hashes.insert(result.hash)
                    }
                    let facts = testnet.events.subscribe()
                    try await testnet.act(.kill, on: ["n4"])
                    let file = DeadNodeFile(settings.directory.node("n4"), folder: folder)
                    try file.damage()
                    try await testnet.act(.restart, on: ["n4"])
                    for await fact in facts where fact.event.kind == .storeSetAside {
                        #expect(fact.event.source == "n4")
                        #expect(fact.event.fields["file"]?.asString?.hasSuffix("storage.db.damaged-1") == true)
                        break
                    }
                    try await testnet.waitUntilSettled()
                    try await testnet.act(.kill, on: ["n4"])
                    #expect(try await file.missing(hashes).isEmpty)
                }
            }
        }
    }
}
