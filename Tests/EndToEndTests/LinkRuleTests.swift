import Faults
import Foundation
import NodeRuntime
import Orchestrator
import SessionClient
import SessionProtocol
import Testing
import TimeLimits

extension ExecutableTests {
    @Suite("Link rules in all three modes", .workLimit(minutes: 3)) struct LinkRuleTests {
        /// A network whose swarms agree, two of its clients, and two members of the second one's swarm that are not
        /// nodes of the first one's path, which would keep onions from arriving.
        private struct Scene: Sendable {
            var testnet: Testnet
            var sender: SessionClient
            var account: AccountID
            var entry: NetworkStatus.Node
            var victim: NetworkStatus.Node

            func store(_ text: String) async throws -> StoreResult {
                try await sender.store(Bytes(text.utf8), for: account, ttl: .seconds(600))
            }

            func address(of node: NetworkStatus.Node) throws -> IPv4Address {
                try #require(testnet.address(ofNode: node.name))
            }

            /// Stores until nodes of both sorts have taken a store, and checks what each says.
            func storeAtAll(
                _ text: String, failing: [Ed25519PublicKey], at entries: Set<Ed25519PublicKey>,
                andAt others: Set<Ed25519PublicKey>
            ) async throws {
                var seen = Set<Ed25519PublicKey>()
                for number in 1...80 where seen.isDisjoint(with: entries) || seen.isDisjoint(with: others) {
                    let result = try await store("\(text) \(number)")
                    seen.insert(result.entry)
                    #expect(result.failed == (entries.contains(result.entry) ? failing : []))
                }
                #expect(!seen.isDisjoint(with: entries) && !seen.isDisjoint(with: others))
            }
        }

        private func withScene(
            _ mode: Topology.Mode, _ body: @escaping @Sendable (Scene) async throws -> Void
        ) async throws {
            try await withRunFolder { folder in
                try await Testnet.run(try runSettings(mode, seed: 22, in: folder)) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    let sender = try await testnet.client(0)
                    let account = try await testnet.client(1).identity.account
                    let first = try await sender.store(Bytes("first".utf8), for: account, ttl: .seconds(600))
                    let path = try #require(await sender.pathHops)
                    let nodes = await testnet.status().nodes
                    let entry = try #require(nodes.first { $0.ed25519 == first.entry })
                    let victim = try #require(
                        nodes.first {
                            $0.ed25519 != first.entry && !path.contains($0.ed25519)
                                && first.acknowledged.contains($0.ed25519)
                        })
                    try await body(
                        Scene(testnet: testnet, sender: sender, account: account, entry: entry, victim: victim))
                }
            }
        }

        @Test(
            "A cut from one member to another costs just its copies that way, until it is healed",
            arguments: Topology.Mode.allCases)
        func oneWayCut(mode: Topology.Mode) async throws {
            try await withScene(mode) { scene in
                let (entry, victim) = (scene.entry, scene.victim)
                let facts = scene.testnet.events.subscribe()
                let cut = LinkRule(
                    "cut", from: .only(try scene.address(of: entry)), to: .only(try scene.address(of: victim)),
                    kinds: .request, effect: .cut)
                try await scene.testnet.setLinkRules(LinkRules([cut]))
                try await scene.storeAtAll(
                    "during", failing: [victim.ed25519], at: [entry.ed25519], andAt: [victim.ed25519])

                try await scene.testnet.setLinkRules(LinkRules())
                for await recorded in facts
                where recorded.event.kind == .peerReturned && recorded.event.source == entry.name
                    && recorded.event.fields["peer"] == .string(victim.legacy.hex)
                { break }
                try await scene.storeAtAll("after", failing: [], at: [entry.ed25519], andAt: [victim.ed25519])
            }
        }

        @Test(
            "A delay of copies delays the store that waits for them, and loses nothing",
            arguments: Topology.Mode.allCases)
        func delayedCopies(mode: Topology.Mode) async throws {
            try await withScene(mode) { scene in
                let delay = LinkRule(
                    "slow", kinds: .request, namePrefix: "sn.storage_cc",
                    effect: .delay(.fixed(.milliseconds(300))))
                try await scene.testnet.setLinkRules(LinkRules([delay]))
                let start = scene.testnet.clock.uptime
                let result = try await scene.store("late")
                #expect(scene.testnet.clock.uptime - start >= .milliseconds(300))
                #expect(result.failed.isEmpty && result.acknowledged.count > 1)
            }
        }

        @Test(
            "A member whose answers are lost has the message and counts as failed, also after it was paused and restarted",
            arguments: Topology.Mode.allCases)
        func lostAnswers(mode: Topology.Mode) async throws {
            try await withScene(mode) { scene in
                let victim = scene.victim
                let facts = scene.testnet.events.subscribe()
                let drop = LinkRule(
                    "no answers", from: .only(try scene.address(of: victim)), kinds: .reply,
                    namePrefix: "sn.storage_cc", effect: .drop(.always))
                // Rules that a paused node cannot take yet must hold when it goes on.
                try await scene.testnet.act(.pause, on: [victim.name])
                try await scene.testnet.setLinkRules(LinkRules([drop]))
                try await scene.testnet.act(.resume, on: [victim.name])
                var hashes = [try await storeFails(scene)]

                try await scene.testnet.act(.restart, on: [victim.name])
                for await recorded in facts
                where recorded.event.kind == .swarmEntered && recorded.event.source == victim.name { break }
                hashes.append(try await storeFails(scene))

                await scene.testnet.takeInventory()
                for await recorded in facts
                where recorded.event.kind == .inventoryTaken && recorded.event.source == victim.name {
                    let records = try #require(recorded.event.fields["records"]?.asArray)
                    let held = Set(records.compactMap { $0["hash"]?.asString })
                    #expect(held.isSuperset(of: hashes))
                    break
                }
            }
        }

        /// Stores until a node other than the one without answers takes it.
        /// - Returns: the hash of that message.
        private func storeFails(_ scene: Scene) async throws -> String {
            for number in 1... {
                let result = try await scene.store("unanswered \(number)")
                guard result.entry != scene.victim.ed25519 else { continue }
                #expect(result.failed == [scene.victim.ed25519])
                return result.hash.text
            }
            throw CancellationError()
        }

        @Test("The rules in force are told in the log", arguments: [Topology.Mode.simulated])
        func recorded(mode: Topology.Mode) async throws {
            try await withScene(mode) { scene in
                let facts = scene.testnet.events.subscribe()
                let rules = LinkRules([LinkRule("cut", effect: .cut)])
                try await scene.testnet.setLinkRules(rules)
                for await recorded in facts where recorded.event.kind == .operatorAction {
                    #expect(recorded.event.fields == ["action": "links", "rules": rules.json])
                    break
                }
            }
        }
    }
}
