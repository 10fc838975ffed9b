import Foundation
import NodeRuntime
import Orchestrator
import Scenarios
import SessionClient
import SessionProtocol
import Simulation
import Storage
import Testing
import TimeLimits
import Verdicts

extension ExecutableTests {
    @Suite("The same in all three modes", .workLimit(minutes: 3)) struct ThreeModes {
        private func settings(_ mode: Topology.Mode, kill: String? = nil, in folder: String) throws -> NetworkSettings {
            try runSettings(mode, seed: 21, in: folder) {
                $0.verification.messages = 8
                $0.verification.kill = kill
            }
        }

        @Test(
            "Verify gives the same verdict, check by check, with and without a node killed half-way",
            arguments: [nil, "n4"])
        func sameVerdict(kill: String?) async throws {
            try await withRunFolder { folder in
                var verdicts: [[String]] = []
                for mode in Topology.Mode.allCases {
                    let report = try await VerificationRun(settings(mode, kill: kill, in: folder)).run { _ in }
                    #expect(report.verdict == (kill == nil ? .holds : .inconclusive), "\(mode): \(report.text)")
                    #expect(report.messages.sent == 8 && report.messages.delivered == 8, "\(mode): \(report.text)")
                    verdicts.append(report.judgement.findings.map { "\($0.check) \($0.finding.verdict.rawValue)" })
                }
                #expect(Set(verdicts).count == 1, "\(verdicts)")
            }
        }

        @Test(
            "A killed member is reported as failed at once, comes back on its ports, and gets copies again",
            arguments: Topology.Mode.allCases)
        func killAndRestart(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                try await Testnet.run(settings(mode, in: folder)) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    let (sender, recipient) = (try await testnet.client(0), try await testnet.client(1))
                    let account = recipient.identity.account
                    let before = try await sender.store(Bytes("before".utf8), for: account, ttl: .seconds(600))
                    #expect(before.failed.isEmpty)
                    let status = await testnet.status()
                    let victim = try #require(status.nodes.first { $0.ed25519 == before.acknowledged.first })

                    try await testnet.act(.kill, on: [victim.name])
                    let during = try await sender.store(Bytes("during".utf8), for: account, ttl: .seconds(600))
                    #expect(during.failed == [victim.ed25519])
                    #expect(Set(during.acknowledged) == Set(before.acknowledged).subtracting([victim.ed25519]))

                    let facts = testnet.events.subscribe()
                    try await testnet.act(.restart, on: [victim.name])
                    for await recorded in facts
                    where recorded.event.kind == .swarmEntered && recorded.event.source == victim.name { break }
                    let after = try await sender.store(Bytes("after".utf8), for: account, ttl: .seconds(600))
                    #expect(after.failed.isEmpty, "\(mode)")
                    #expect(
                        await testnet.status().nodes.first { $0.name == victim.name }?.httpsPort == victim.httpsPort)

                    let texts = try await recipient.retrieve().map { String(decoding: $0.data, as: UTF8.self) }
                    #expect(Set(["before", "after"]).isSubset(of: texts))
                }
            }
        }

        @Test(
            "A paused member costs one store the time-out, and answers again when it goes on",
            arguments: Topology.Mode.allCases)
        func pauseAndResume(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                try await Testnet.run(settings(mode, in: folder)) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    let (sender, recipient) = (try await testnet.client(0), try await testnet.client(1))
                    let account = recipient.identity.account
                    let before = try await sender.store(Bytes("before".utf8), for: account, ttl: .seconds(600))
                    // Not a node of the sender's path, which would keep every onion from arriving.
                    let path = try #require(await sender.pathHops)
                    let member = try #require(before.acknowledged.first { !path.contains($0) })
                    let victim = try #require(await testnet.status().nodes.first { $0.ed25519 == member })

                    let facts = testnet.events.subscribe()
                    try await testnet.act(.pause, on: [victim.name])
                    let during = try await sender.store(Bytes("during".utf8), for: account, ttl: .seconds(600))
                    #expect(during.failed == [member])
                    try await testnet.act(.resume, on: [victim.name])
                    for await recorded in facts
                    where recorded.event.kind == .peerReturned
                        && recorded.event.fields["peer"] == .string(victim.legacy.hex)
                    { break }
                    let after = try await sender.store(Bytes("after".utf8), for: account, ttl: .seconds(600))
                    #expect(after.acknowledged.contains(member))
                }
            }
        }
    }
}

extension ExecutableTests {
    @Suite("A simulated network that cannot go on") struct StuckRuns {
        private func settings(in folder: String) throws -> NetworkSettings {
            var settings = try runSettings(.simulated, seed: 2, name: "stuck", in: folder)
            settings.virtualTimeLimit = .seconds(3_600)
            return settings
        }

        @Test("A run that waits for what never comes is reported as stuck, with who waits, and ends its network")
        func waitsForever() async throws {
            try await withRunFolder { folder in
                let settings = try settings(in: folder)
                let stuck = try await #require(throws: SimulationStuck.self) {
                    try await Testnet.run(settings) { testnet in
                        try await testnet.start()
                        try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                        let facts = testnet.events.subscribe()
                        for await recorded in facts where recorded.event.source == "nobody" { break }
                    }
                }
                #expect(stuck.ranOutOfTime && stuck.at <= .seconds(3_600))
                #expect(stuck.waiting.contains { $0.contains("n1") }, "\(stuck)")
            }
        }

        @Test("A network that is never ready says what it waits for, after the virtual time it was given")
        func neverReady() async throws {
            try await withRunFolder { folder in
                var settings = try settings(in: folder)
                // Longer than anyone waits: no block ever shows the nodes' addresses.
                settings.topology.ledger.blockTime = .every(.seconds(3_600))
                settings.virtualTimeLimit = .seconds(7_200)
                let timedOut = try await #require(throws: ReadinessError.self) {
                    try await Testnet.run(settings) { testnet in
                        try await testnet.start()
                        try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(120))
                    }
                }
                guard case .timedOut(let limit, _, let missing) = timedOut else {
                    Issue.record("\(timedOut)")
                    return
                }
                #expect(limit == .seconds(120) && missing.contains("n1"))
            }
        }

        @Test("A member whose disk is full says so, and the others keep the message")
        func fullDisk() async throws {
            try await withRunFolder { folder in
                try await Testnet.run(settings(in: folder)) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    let (sender, account) = (try await testnet.client(0), try await testnet.client(1).identity.account)
                    let before = try await sender.store(Bytes("fits".utf8), for: account, ttl: .seconds(600))
                    let victim = try #require(
                        await testnet.status().nodes.first { $0.ed25519 == before.acknowledged.last })
                    try #require(await testnet.simulatedDisk(ofNode: victim.name)).fill()
                    let after = try await sender.store(Bytes("does not fit".utf8), for: account, ttl: .seconds(600))
                    #expect(after.failed == [victim.ed25519])
                    #expect(after.acknowledged.count == before.acknowledged.count - 1)
                    #expect(await testnet.simulatedDisk(ofNode: "nobody") == nil)
                }
            }
        }

        @Test("Nothing starts on a network that is going down, and who asks twice waits for the same end")
        func goingDown() async throws {
            try await withRunFolder { folder in
                try await Testnet.run(settings(in: folder)) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    await withTaskGroup(of: Void.self) { group in
                        for _ in 0..<3 {
                            group.addTask {
                                await testnet.down()
                                #expect(await testnet.status().nodes.allSatisfy { $0.state == .stopped })
                            }
                        }
                    }
                    await #expect(throws: NetworkError.goingDown) { try await testnet.client(0) }
                    await #expect(throws: NetworkError.goingDown) { try await testnet.act(.restart, on: ["n1"]) }
                }
            }
        }
    }
}
