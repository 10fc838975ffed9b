import Foundation
import Testing

extension ExecutableTests {
    /// Programs of others, which know nothing of this one.
    @Suite struct ExternalServers {
        @Test("Killed without warning, the orchestrator takes along programs that never heard of it")
        func orphan() async throws {
            try await withRunFolder { folder in
                try """
                nodes:
                  - name: n1
                  - name: ext1
                    external:
                      executable: /bin/sh
                      arguments: [-c, "echo $$ > {name}.pid; exec sleep 600", "{ledger}", "{httpsPort}", "{omqPort}"]
                """.write(toFile: "\(folder)/mute.yaml", atomically: true, encoding: .utf8)
                let up = try Program(["up", "mute.yaml"], in: folder)
                try await up.line(containing: "registered")
                let limit = ContinuousClock.now + .seconds(30)
                var stranger: Int32?
                while stranger == nil, ContinuousClock.now < limit {
                    // Not there before the program has begun.
                    let text = try? String(contentsOfFile: "\(folder)/ext1.pid", encoding: .utf8)
                    stranger = text.flatMap { Int32($0.trimmingCharacters(in: .newlines)) }
                    try await Task.sleep(for: .milliseconds(20))
                }
                let watch = try ProcessWatch([try #require(stranger)])
                up.signal(SIGKILL)
                #expect(try await up.outcome().code == -SIGKILL)
                #expect(await watch.survivors().isEmpty)
            }
        }
    }
}
