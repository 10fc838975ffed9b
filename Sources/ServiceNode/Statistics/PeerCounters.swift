import NodeRuntime
import SessionProtocol
import Synchronization

/// What went wrong between this node and each other one, and how storage tests of it ended (storage-node §12.6). A node
/// with which nothing ever happened has no entry.
final class PeerCounters: Sendable {
    struct Counts: Sendable, Equatable {
        /// Forwarded requests that got no answer.
        var requestsFailed: UInt64 = 0
        /// Bulk pushes that were not taken.
        var pushesFailed: UInt64 = 0
        /// Reachability tests it did not pass.
        var reachabilityFailed: UInt64 = 0
        /// The newest last.
        var storageTests: [StorageTest] = []
    }

    struct StorageTest: Sendable, Equatable {
        var result: StorageTestResult
        /// Milliseconds since the epoch.
        var time: Int64
    }

    /// How many storage tests of one node are remembered.
    static let keptTests = 20

    private let counts = Mutex<[LegacyPublicKey: Counts]>([:])

    func requestFailed(_ peer: LegacyPublicKey) { counts.withLock { $0[peer, default: Counts()].requestsFailed += 1 } }

    func pushFailed(_ peer: LegacyPublicKey) { counts.withLock { $0[peer, default: Counts()].pushesFailed += 1 } }

    func reachabilityFailed(_ peer: LegacyPublicKey) {
        counts.withLock { $0[peer, default: Counts()].reachabilityFailed += 1 }
    }

    func storageTested(_ peer: LegacyPublicKey, _ result: StorageTestResult, at time: Int64) {
        counts.withLock { counts in
            counts[peer, default: Counts()].storageTests.append(StorageTest(result: result, time: time))
            if counts[peer, default: Counts()].storageTests.count > Self.keptTests {
                counts[peer]?.storageTests.removeFirst()
            }
        }
    }

    /// Forgets nodes that are gone, so that a network's churn does not fill the memory.
    func keepOnly(_ isListed: (LegacyPublicKey) -> Bool) {
        counts.withLock { counts in counts = counts.filter { isListed($0.key) } }
    }

    var all: [LegacyPublicKey: Counts] { counts.withLock { $0 } }
}

extension OMQOutcome {
    /// Whether the peer answered at all, whatever it said.
    var isReply: Bool { if case .reply = self { true } else { false } }
}
