import Orchestrator

/// `testnet down` ended the network before the run was over.
struct TakenDown: Error, CustomStringConvertible {
    let description = "the network was taken down before the run was over"
}

extension Testnet {
    /// Runs `body`; when somebody takes the network down meanwhile, the run is over.
    /// - Throws: ``TakenDown``, `RunError.directoryLost`, or what `body` throws.
    nonisolated func unlessAskedToEnd<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                let reason = await self.waitForDownRequest()
                try Task.checkCancellation()
                if reason == .directoryLost { throw RunError.directoryLost(path: self.settings.directory.path) }
                throw TakenDown()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw TakenDown() }
            return value
        }
    }
}
