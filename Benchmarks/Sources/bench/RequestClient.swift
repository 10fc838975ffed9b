import Foundation
import SessionProtocol
import Synchronization

/// One thread's worth of requests: prepared before the clock starts, run by the thread, checked after it stopped.
final class RequestClient: Sendable {
    private struct State {
        let connection: RequestConnection
        let author: RequestAuthor
        var requests: [(request: RequestAuthor.Request, bytes: Bytes)] = []
        var answers: [Bytes] = []
        var waits: [Double] = []
        var failure: (any Error)?

        init(_ connection: RequestConnection, _ author: RequestAuthor) {
            self.connection = connection
            self.author = author
        }
    }

    private let state: Mutex<State>

    init(connection: sending RequestConnection, author: RequestAuthor) {
        state = Mutex(State(connection, author))
    }

    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    func prepare(_ count: Int) throws {
        try state.withLock { state in
            state.answers = []
            state.waits = []
            let now = Self.now
            state.requests = try (0..<count).map { _ in
                let request = try state.author.request(at: now)
                return (request, state.connection.request(request.path, request.body))
            }
            state.answers.reserveCapacity(count)
            state.waits.reserveCapacity(count)
        }
    }

    /// One request after another until all are answered or one fails.
    func run() {
        state.withLock { state in
            do {
                for request in state.requests {
                    let start = ContinuousClock.now
                    state.answers.append(try state.connection.exchange(request.bytes))
                    state.waits.append((ContinuousClock.now - start) / .milliseconds(1))
                }
            } catch {
                state.failure = error
            }
        }
    }

    /// - Returns: milliseconds that each request took.
    /// - Throws: the first failure, or ``BenchError`` for an answer that is not what was asked for.
    @discardableResult
    func finish() throws -> [Double] {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            for (request, answer) in zip(state.requests, state.answers) { try request.request.check(answer) }
            return state.waits
        }
    }
}
