import NodeRuntime
import SessionProtocol
import Synchronization

/// What a node counts of its own work (storage-node §12.6).
final class NodeStatistics: Sendable {
    private struct State {
        var requests: RequestCounts
        var tests = PeerTestStatistics()
    }

    let peers = PeerCounters()
    private let clock: any NodeClock
    private let state: Mutex<State>

    init(clock: any NodeClock) {
        self.clock = clock
        state = Mutex(State(requests: RequestCounts(start: clock.uptime)))
    }

    func count(_ request: CountedRequest) {
        let now = clock.uptime
        state.withLock { $0.requests.count(request, at: now) }
    }

    var requests: RequestCounts { state.withLock { $0.requests } }

    // MARK: Tests of other nodes

    var tests: PeerTestStatistics { state.withLock { $0.tests } }

    /// A test of a node came to its end and is reported.
    func tested(passed: Bool) {
        state.withLock { if passed { $0.tests.passed += 1 } else { $0.tests.failed += 1 } }
    }

    func storageTested(_ peer: LegacyPublicKey, _ result: StorageTestResult) {
        state.withLock { $0.tests.storage[result, default: 0] += 1 }
        peers.storageTested(peer, result, at: clock.wallMilliseconds)
    }
}
