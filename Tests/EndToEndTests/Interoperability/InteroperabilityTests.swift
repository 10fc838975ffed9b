import Orchestrator
import PythonPrograms
import Testing
import TimeLimits

extension ExecutableTests {
    @Suite("Clients that share no code with the nodes", .workLimit(minutes: 2)) struct Interoperability {
        @Test(
            "A client in Python greets, stores, retrieves, is told of new messages, and sends an onion over three hops",
            arguments: [Topology.Mode.inProcess, .subprocess])
        func python(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                let settings = try runSettings(mode, seed: 31, in: folder)
                try await Testnet.run(settings) { testnet in
                    try await testnet.start()
                    try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
                    let seed = await testnet.status().ledger.rpcURL
                    let outcome = try await Python.run("Tests/EndToEndTests/Interoperability/outsider.py", [seed])
                    #expect(outcome.status == 0, "\(outcome)")
                    // The last of them; a script that ends early without an error must not pass.
                    let held = outcome.lines
                    #expect(held.last == "its push arrives too" && held.count == 20, "\(held)")
                }
            }
        }
    }
}
