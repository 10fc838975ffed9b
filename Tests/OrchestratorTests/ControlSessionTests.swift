import Foundation
import Testing

@testable import Orchestrator

@Suite struct ControlSessionTests {
    private func claim(_ name: String, mode: Topology.Mode, in folder: String) throws -> RunClaim {
        let claim = try RunClaim(RunDirectory(name: name, parent: folder))
        var topology = Topology()
        topology.mode = mode
        try topology.yaml.write(toFile: claim.directory.topology, atomically: true, encoding: .utf8)
        return claim
    }

    @Test("A simulation takes no commands, neither while it runs nor afterwards, and the refusal names its log")
    func simulated() async throws {
        try await withFolder { folder in
            let refusal = RunError.simulated(name: "dream", events: "\(folder)/dream/events.jsonl")
            do {
                let claim = try claim("dream", mode: .simulated, in: folder)
                #expect(throws: refusal) { try ControlSession(name: "dream", parent: folder) }
                withExtendedLifetime(claim) {}
            }
            for name in ["dream", nil] {
                #expect(throws: refusal) { try ControlSession(name: name, parent: folder) }
            }
            #expect(refusal.description.contains("virtual time"))
        }
    }

    @Test("A simulation that started last does not hide the network that is up, nor make the choice ambiguous")
    func networkBesideSimulation() async throws {
        try await withFolder { folder in
            let claims = [
                try claim("dev", mode: .inProcess, in: folder), try claim("dream", mode: .simulated, in: folder),
            ]
            #expect(try ControlSession(name: nil, parent: folder).directory.name == "dev")
            withExtendedLifetime(claims) {}
        }
    }
}
