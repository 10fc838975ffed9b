import Foundation
import NodeRuntime
import Orchestrator
import SessionProtocol
import Testing
import TimeLimits
import Verdicts

@testable import Scenarios

/// Real networks, judged from their logs.
@Suite(.serialized, .workLimit(minutes: 3)) struct VerificationRunTests {
    @Test(
        "A run on a sound network holds, and its report counts what happened",
        arguments: [Topology.Mode.inProcess, .simulated])
    func holds(mode: Topology.Mode) async throws {
        try await withRunFolder { folder in
            let run = VerificationRun(settings(mode, messages: 6, in: folder))
            let report = try await run.run { _ in }
            #expect(report.verdict == .holds, "\(report.text)")
            #expect(report.messages.sent == 6)
            #expect(report.messages.delivered == 6)
            #expect(report.messages.fullyReplicated == 6)
            #expect(report.seed == 11 && report.nodes == 12 && report.swarms == 2)
            #expect(report.mode == mode.rawValue && report.crypto == "real")
            let ready = try #require(report.readyMilliseconds)
            #expect(ready <= (try #require(report.firstMessageMilliseconds)))
            #expect(report.downMilliseconds != nil)
        }
    }

    @Test("A report says when public-key operations were only modelled, and such a run still delivers")
    func modelled() async throws {
        try await withRunFolder { folder in
            var settings = settings(.simulated, messages: 6, in: folder)
            settings.topology.crypto = .modelled
            let report = try await VerificationRun(settings).run { _ in }
            #expect(report.verdict == .holds && report.crypto == "modelled", "\(report.text)")
        }
    }

    @Test("Far more messages than nodes take at once all arrive, on slow disks and peers too")
    func manyMessages() async throws {
        try await withRunFolder { folder in
            var settings = settings(.simulated, messages: 600, in: folder)
            settings.topology.nodes = .count(4)
            settings.topology.crypto = .modelled
            settings.seed = 9
            let report = try await VerificationRun(settings).run { _ in }
            #expect(report.verdict == .holds && report.messages.fullyReplicated == 600, "\(report.text)")
        }
    }

    @Test("A kill needs nodes to go round the dead one; without a kill, four are enough", arguments: 3...6)
    func enoughNodes(count: Int) throws {
        var settings = settings(.simulated, messages: 2, in: "unused")
        settings.topology.nodes = .count(count)
        if count < 4 {
            #expect(throws: NetworkError.tooFewNodes(nodes: count, needed: 4)) {
                try settings.requireEnoughForDelivery()
            }
        } else {
            try settings.requireEnoughForDelivery()
        }
        settings.topology.verification.kill = "n1"
        if count < 6 {
            #expect(throws: NetworkError.tooFewNodesToKill(nodes: count, needed: 6)) {
                try settings.requireEnoughForDelivery()
            }
        } else {
            try settings.requireEnoughForDelivery()
        }
    }

    @Test("A node killed half-way leaves doubt about what it held, and every message still arrives")
    func killedHalfWay() async throws {
        try await withRunFolder { folder in
            var settings = settings(.simulated, messages: 6, in: folder)
            settings.topology.verification.kill = "n5"
            let report = try await VerificationRun(settings).run { _ in }
            #expect(report.verdict == .inconclusive, "\(report.text)")
            #expect(report.messages.delivered == 6)
            #expect(report.judgement.doubts.contains { $0.contains("n5") })
            let history = try History(contentsOf: settings.directory.events)
            #expect(history.sent.filter { !$0.failed.isEmpty }.allSatisfy { $0.number >= 3 })
        }
    }

    @Test("A run in a directory that another one holds fails and starts nothing")
    func heldDirectory() async throws {
        try await withRunFolder { folder in
            let settings = settings(.inProcess, messages: 2, in: folder)
            let holder = try RunClaim(settings.directory)
            let error = await #expect(throws: RunError.self) {
                try await VerificationRun(settings).run { _ in }
            }
            #expect("\(try #require(error))".contains("process \(getpid())"))
            withExtendedLifetime(holder) {}
        }
    }

    @Test(
        "A missing, a corrupted and a foreign copy in nodes' databases are each found, by the check that is for it"
    )
    func plantedCopies() async throws {
        try await withRunFolder { folder in
            let settings = settings(.inProcess, messages: 3, in: folder)
            let testnet = try await Testnet(settings)
            do {
                try await testnet.start()
                try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                try await deliver(3, on: testnet)
                await testnet.takeInventory()
                let sound = VerificationReport(of: try History(contentsOf: settings.directory.events))
                #expect(sound.verdict == .holds, "\(sound.text)")

                let planted = try await plant(in: testnet)
                await testnet.takeInventory()
                await testnet.down()
                let report = VerificationReport(of: try History(contentsOf: settings.directory.events))
                #expect(report.verdict == .violated)
                #expect(Set(report.judgement.violations.map(Found.init)) == planted, "\(report.text)")
                #expect(report.judgement.violations.count == planted.count)
                #expect(report.messages.fullyReplicated == 1)
                #expect(report.messages.delivered == 3)
            } catch {
                await testnet.down()
                throw error
            }
        }
    }

    /// What a violation is about.
    private struct Found: Hashable {
        var check: String
        var message: Int64?
        var node: String?

        init(check: String, message: Int64, node: String) {
            (self.check, self.message, self.node) = (check, message, node)
        }

        init(_ violation: Violation) {
            (check, message, node) = (violation.check, violation.message, violation.node)
        }
    }

    /// What somebody may do to the files of a node that runs, and the check that must find it.
    enum Tampering: String, CaseIterable {
        case unlinked, replacedByNothing, logOverwritten, logCut, logUnlinked
        case expiryAltered, timestampAltered, recordInvented

        var check: String {
            switch self {
            case .unlinked, .replacedByNothing, .logOverwritten, .logCut, .logUnlinked: "everyStoreIsSound"
            case .expiryAltered, .timestampAltered: "everyMemberHoldsEveryMessage"
            case .recordInvented: "everyCopyWasSent"
            }
        }

        func happen(to node: NodeDirectory, _ message: SentMessage) throws {
            let (database, log) = (node.database, "\(node.database)-wal")
            let hash = message.copy.identity.hash.text
            switch self {
            case .unlinked: try FileManager.default.removeItem(atPath: database)
            case .replacedByNothing:
                try FileManager.default.removeItem(atPath: database)
                try Data().write(to: URL(filePath: database))
            case .logOverwritten:
                let size = try #require(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int)
                let file = try FileHandle(forUpdating: URL(filePath: log))
                try file.write(contentsOf: Data(repeating: 0x5a, count: size))
                try file.close()
            case .logCut: try #require(truncate(log, 0) == 0)
            case .logUnlinked: try FileManager.default.removeItem(atPath: log)
            case .expiryAltered: try NodeDatabase(node).expire(hash, at: 1)
            case .timestampAltered: try NodeDatabase(node).date(hash, to: 1)
            case .recordInvented:
                try NodeDatabase(node).invent(String(repeating: "Q", count: 42) + "A", beside: hash)
            }
        }
    }

    @Test("Whatever is done to the files of a running node behind its back is a violation, and names the node")
    func tampered() async throws {
        for tampering in Tampering.allCases {
            try await withRunFolder { folder in
                var settings = settings(.inProcess, messages: 1, in: folder)
                settings.topology.nodes = .count(5)
                let testnet = try await Testnet(settings)
                do {
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    try await deliver(1, on: testnet)
                    let message = try #require(try History(contentsOf: settings.directory.events).sent.first)
                    try tampering.happen(to: settings.directory.node("n3"), message)
                    await testnet.takeInventory()
                    await testnet.down()
                } catch {
                    await testnet.down()
                    throw error
                }
                let report = VerificationReport(of: try History(contentsOf: settings.directory.events))
                #expect(report.verdict == .violated, "\(tampering): \(report.text)")
                #expect(
                    report.judgement.violations.map(\.check) == [tampering.check]
                        && report.judgement.violations.first?.node == "n3", "\(tampering): \(report.text)")
            }
        }
    }

    /// Message 0 loses a copy, one copy of message 1 changes, and message 2 turns up where it does not belong.
    private func plant(in testnet: Testnet) async throws -> Set<Found> {
        let directory = testnet.settings.directory
        let history = try History(contentsOf: directory.events)
        let status = await testnet.status()
        func holders(_ number: Int64) throws -> (hash: String, inside: [String], outside: [String]) {
            let message = try #require(history.sent.first { $0.number == number })
            let inside = status.nodes.filter { message.acknowledged.contains($0.ed25519) }.map(\.name)
            let outside = status.nodes.map(\.name).filter { !inside.contains($0) }
            return (message.copy.identity.hash.text, inside, outside)
        }
        let (missing, corrupted, foreign) = (try holders(0), try holders(1), try holders(2))
        try NodeDatabase(directory.node(missing.inside[0])).forget(missing.hash)
        try NodeDatabase(directory.node(corrupted.inside[1])).corrupt(corrupted.hash)
        try NodeDatabase(directory.node(try #require(foreign.outside.first))).copy(
            foreign.hash, from: directory.node(foreign.inside[0]))
        return [
            Found(check: "everyMemberHoldsEveryMessage", message: 0, node: missing.inside[0]),
            Found(check: "everyMemberHoldsEveryMessage", message: 1, node: corrupted.inside[1]),
            Found(check: "noForeignCopies", message: 2, node: foreign.outside[0]),
        ]
    }

    private func deliver(_ count: Int, on testnet: Testnet) async throws {
        let delivery = Delivery(events: testnet.events)
        for number in 0..<count {
            let message = Delivery.Message(number: number, data: Bytes("message \(number)".utf8))
            try await delivery.deliver(
                message, from: try await testnet.client(number), to: try await testnet.client(number + 1))
        }
    }

    private func settings(_ mode: Topology.Mode, messages: Int, in folder: String) -> NetworkSettings {
        var topology = Topology()
        topology.mode = mode
        topology.verification.messages = messages
        return NetworkSettings(
            topology: topology, seed: 11, directory: RunDirectory(name: "verification", parent: folder),
            executable: "")
    }
}
