import Foundation
import NodeRuntime
import Orchestrator
import SessionProtocol
import Synchronization
import Testing
import Verdicts

@testable import Scenarios

@Suite struct LoadRunTests {
    private func settings(
        clients: Int, minutes: Int, inventory: Bool = true, in folder: String
    ) -> NetworkSettings {
        var load = Topology.LoadSettings()
        load.minutes = minutes
        load.takesInventory = inventory
        var topology = Topology()
        topology.mode = .simulated
        topology.crypto = .modelled
        topology.clients.count = clients
        topology.load = load
        return NetworkSettings(
            topology: topology, seed: 3, directory: RunDirectory(name: "load", parent: folder), executable: "")
    }

    @Test("Under load S every client polls once a minute and writes every ten, and all of it arrives")
    func small() async throws {
        try await withRunFolder { folder in
            let phases = Mutex<[(phase: LoadPhase, at: Duration)]>([])
            let run = try LoadRun(settings(clients: 20, minutes: 30, in: folder))
            let report = try await run.run(
                report: { _ in },
                measure: { phase, work in phases.withLock { $0.append((phase, work?.uptime ?? .zero)) } })
            // Thirty in half an hour, and one in the end.
            #expect(report.counts.polls == 20 * 31 && report.counts.failedPolls == 0)
            #expect(report.counts.sends == 20 * 3 && report.counts.failedSends == 0)
            #expect(report.counts.latePolls == 0 && report.counts.lateSends == 0)
            #expect(report.counts.received == 60)
            #expect(report.judged.verdict == .holds, "\(report.judged.text)")
            #expect(report.judged.messages.sent == 60 && report.judged.messages.fullyReplicated == 60)
            let measured = phases.withLock { $0 }
            try #require(measured.map(\.phase) == [.ready, .over])
            // The last polls are no longer part of the load.
            #expect(measured[1].at - measured[0].at == .seconds(1_800))
        }
    }

    @Test("The same seed gives the same load, another seed another one")
    func repeatable() async throws {
        try await withRunFolder { folder in
            func history(seed: UInt64) async throws -> HistoryHash {
                var settings = settings(clients: 10, minutes: 15, in: folder)
                settings.seed = seed
                return try await LoadRun(settings).run(report: { _ in }, measure: { _, _ in }).judged.historyHash
            }
            let first = try await history(seed: 1)
            #expect(try await history(seed: 1) == first)
            #expect(try await history(seed: 2) != first)
        }
    }

    @Test("Messages that a whole swarm takes with it are found without asking nodes what they hold")
    func lostMessages() async throws {
        try await withRunFolder { folder in
            let run = try LoadRun(settings(clients: 100, minutes: 10, inventory: false, in: folder))
            let report = try await run.run(
                report: { _ in }, measure: { _, _ in },
                during: { testnet in
                    try await testnet.clock.sleep(for: .seconds(301))
                    let swarm = try #require(await testnet.status().swarms.first)
                    try await testnet.act(.kill, on: swarm.members)
                })
            #expect(report.judged.verdict == .violated, "\(report.judged.text)")
            let names = [
                "everyMessageWasAcknowledged", "recipientsGotTheirMessages", "swarmsStayWithinBounds",
                "coinsAreConserved", "rewardsFollowTheQueue", "logIsReadable",
            ]
            #expect(report.judged.judgement.findings.map(\.check) == names)
            #expect(report.judged.judgement.violations.contains { $0.check == "recipientsGotTheirMessages" })
            #expect(report.counts.failedPolls > 0 && report.counts.failedSends > 0)
        }
    }

    @Test("A client that is kept busy leaves out what it is too late for, and stops when the load is over")
    func slowNetwork() async throws {
        try await withRunFolder { folder in
            let run = try LoadRun(settings(clients: 6, minutes: 30, in: folder))
            let report = try await run.run(
                report: { _ in }, measure: { _, _ in },
                during: { testnet in
                    try await testnet.act(.pause, on: testnet.settings.topology.nodes.names)
                    try await testnet.clock.sleep(for: .seconds(1_500))
                    try await testnet.act(.resume, on: testnet.settings.topology.nodes.names)
                })
            let counts = report.counts
            #expect(counts.latePolls > 0, "\(counts)")
            #expect(counts.polls + counts.latePolls == 6 * 31, "\(counts)")
            #expect(counts.sends + counts.lateSends == 6 * 3, "\(counts)")
        }
    }

    @Test("A network that somebody takes down under a load is no result")
    func takenDown() async throws {
        try await withRunFolder { folder in
            let run = try LoadRun(settings(clients: 4, minutes: 30, in: folder))
            await #expect(throws: TakenDown.self) {
                try await run.run(
                    report: { _ in }, measure: { _, _ in },
                    during: { testnet in
                        try await testnet.clock.sleep(for: .seconds(100))
                        testnet.requestDown()
                    })
            }
        }
    }

    @Test("A topology without a load, or without two clients to write to one another, is refused")
    func unfit() async throws {
        try await withRunFolder { folder in
            var settings = settings(clients: 1, minutes: 1, in: folder)
            #expect(throws: LoadRun.Unfit.tooFewClients(count: 1)) { try LoadRun(settings) }
            settings.topology.clients.count = 2
            settings.topology.load = nil
            #expect(throws: LoadRun.Unfit.noLoad) { try LoadRun(settings) }
        }
    }

    @Test("Each name of a load has its own rates")
    func names() {
        #expect(Load(.small) == .small && Load(.large) == .large && Load.small != .large)
    }
}
