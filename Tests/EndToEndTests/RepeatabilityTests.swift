import Foundation
import NodeRuntime
import Orchestrator
import Scenarios
import SessionProtocol
import Testing
import Verdicts

extension ExecutableTests {
    @Suite("A simulated run is a function of its topology, seed and version") struct Repeatability {
        /// Small, and with a death in it, so that failing requests and tries are part of the history.
        private static let flags = ["--nodes", "9", "--messages", "4", "--kill", "n2"]

        private func settings(seed: UInt64, run: String, in folder: String) throws -> NetworkSettings {
            try runSettings(.simulated, seed: seed, name: run, in: folder) {
                $0.nodes = .count(9)
                $0.verification.messages = 4
                $0.verification.kill = "n2"
            }
        }

        private func historyHere(seed: UInt64, run: String, in folder: String) async throws -> String {
            let report = try await VerificationRun(settings(seed: seed, run: run, in: folder)).run { _ in }
            #expect(report.verdict == .inconclusive, "seed \(seed): \(report.text)")
            return report.historyHash.description
        }

        @Test("Twenty seeds each give one history, twice in this process and once in another, and no two the same")
        func twentySeeds() async throws {
            try await withRunFolder { folder in
                var histories: Set<String> = []
                for seed in UInt64(1)...20 {
                    let first = try await historyHere(seed: seed, run: "first", in: folder)
                    let second = try await historyHere(seed: seed, run: "second", in: folder)
                    #expect(first == second, "seed \(seed) in one process")
                    let outcome = try await Program.run(
                        ["verify", "--mode", "simulated", "--seed", String(seed), "--json"] + Self.flags, in: folder)
                    #expect(outcome.code == 2, "\(outcome)")
                    #expect(try outcome.json()["historyHash"] == .string(first), "seed \(seed) in another process")
                    histories.insert(first)
                }
                #expect(histories.count == 20)
            }
        }

        @Test("Simulations side by side in one process do not disturb each other")
        func sideBySide() async throws {
            try await withRunFolder { folder in
                let alone = try await historyHere(seed: 5, run: "alone", in: folder)
                let together = try await withThrowingTaskGroup(of: String.self) { group in
                    for index in 0..<3 {
                        group.addTask { try await historyHere(seed: 5, run: "beside-\(index)", in: folder) }
                    }
                    return try await group.reduce(into: [String]()) { $0.append($1) }
                }
                #expect(together == [alone, alone, alone])
            }
        }

        @Test("A field of the topology that the network sees changes the history; the run's name does not")
        func whatCounts() async throws {
            try await withRunFolder { folder in
                let history = try await historyHere(seed: 5, run: "one", in: folder)
                #expect(try await historyHere(seed: 5, run: "other-name", in: folder) == history)
                var changed = try settings(seed: 5, run: "changed", in: folder)
                changed.topology.network.profile = .internet
                let report = try await VerificationRun(changed).run { _ in }
                #expect(report.historyHash.description != history)
            }
        }
    }
}
