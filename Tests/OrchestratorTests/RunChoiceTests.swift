import Foundation
import Testing

@testable import Orchestrator

@Suite struct RunChoiceTests {
    private func run(_ name: String, _ state: RunSummary.State) -> RunSummary {
        var run = RunSummary(RunDirectory(name: name, parent: "logs"))
        (run.state, run.mode, run.seed) = (state, .inProcess, 7)
        return run
    }

    /// Which runs there are, and which of them a verb means that names none.
    struct Case: Sendable {
        let up: [String]
        let latest: String?
        /// The run, or the beginning of what is said in its place.
        let chosen: String
        let reason: RunChoice.Reason?
    }

    static let cases = [
        Case(up: ["a"], latest: "a", chosen: "a", reason: .onlyOneUp),
        Case(up: ["a"], latest: "b", chosen: "a", reason: .onlyOneUp),
        Case(up: ["a"], latest: nil, chosen: "a", reason: .onlyOneUp),
        Case(up: ["a", "b"], latest: "b", chosen: "several runs are up", reason: nil),
        Case(up: ["a", "b", "c"], latest: "d", chosen: "several runs are up", reason: nil),
        Case(up: [], latest: "b", chosen: "b", reason: .latest),
        Case(up: [], latest: nil, chosen: "there is no run in logs", reason: nil),
    ]

    @Test(
        "Of runs that are not named, the only one that is up is meant; of several none; else the latest",
        arguments: cases)
    func rule(_ row: Case) throws {
        let up = row.up.map { run($0, .up) }
        let latest = row.latest.map { name in up.first { $0.name == name } ?? run(name, .over) }
        do throws(RunError) {
            let choice = try RunChoice(up: up, latest: latest, in: "logs")
            #expect(choice.run.name == row.chosen && choice.reason == row.reason)
        } catch {
            #expect("\(error)".hasPrefix(row.chosen))
            #expect(row.reason == nil)
            for name in row.up { #expect("\(error)".contains("\n  \(name) · in-process · seed 7")) }
        }
    }

    @Test("Whoever is shown a run that is over is told so, and what is up instead")
    func remark() {
        func remark(_ state: RunSummary.State, up: [String]) -> String? {
            RunChoice(run: self.run("a", state), reason: .latest)
                .remark(up: up.map { run($0, .up) })
        }
        #expect(remark(.up, up: ["a"]) == nil)
        #expect(remark(.simulation, up: []) == nil)
        #expect(remark(.over, up: []) == "no run is up; the run 'a' is over")
        #expect(remark(.over, up: ["b", "c"]) == "the run 'a' is over; up: 'b', 'c'")
    }

    @Test("A run's directory tells its state, mode and seed, while it is held and afterwards")
    func summaries() async throws {
        try await withFolder { folder in
            func claim(_ name: String, _ mode: Topology.Mode) throws -> RunClaim {
                let claim = try RunClaim(RunDirectory(name: name, parent: folder))
                var topology = Topology()
                (topology.mode, topology.seed) = (mode, 5)
                try topology.yaml.write(toFile: claim.directory.topology, atomically: true, encoding: .utf8)
                return claim
            }
            #expect(try RunSummary.all(in: "\(folder)/none") == [])
            _ = try claim("over", .subprocess)
            let held = [try claim("dev", .inProcess), try claim("dream", .simulated)]
            try FileManager.default.createDirectory(atPath: "\(folder)/photos", withIntermediateDirectories: true)
            let all = try RunSummary.all(in: folder)
            #expect(all.map(\.name) == ["dev", "dream", "over"])
            #expect(all.map(\.state) == [.up, .simulation, .over])
            #expect(all.map(\.heading).last == "run 'over' · subprocess · seed 5")
            #expect(all.map(\.nodes) == [12, 12, 12])
            #expect(try RunSummary.up(in: folder).map(\.name) == ["dev"])
            #expect(try RunChoice(name: nil, in: folder).run.name == "dev")
            #expect(try RunChoice(name: "over", in: folder).reason == .named)
            withExtendedLifetime(held) {}
        }
    }
}
