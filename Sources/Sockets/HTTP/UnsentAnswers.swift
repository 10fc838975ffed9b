import NodeRuntime
import SessionProtocol
import Synchronization

/// The bytes of long answers that their askers have not taken yet. An answer stays in memory until it is read, and who
/// asks over many connections and reads nothing would fill the machine.
final class UnsentAnswers: Sendable {
    /// With more than these an address is not served until it has read some.
    static let mostBytesOfCaller = 128 << 20

    private let total = Atomic(0)
    private let bytesByCaller = Mutex<[IPv4Address: Int]>([:])

    /// - Parameter caller: `nil` for peers that are not IPv4, which have no limit.
    func isFull(for caller: IPv4Address?) -> Bool {
        // Nearly always so.
        guard total.load(ordering: .relaxed) >= Self.mostBytesOfCaller, let caller else { return false }
        return bytesByCaller.withLock { $0[caller, default: 0] >= Self.mostBytesOfCaller }
    }

    func add(_ bytes: Int, for caller: IPv4Address?) {
        guard let caller else { return }
        total.add(bytes, ordering: .relaxed)
        bytesByCaller.withLock { $0[caller, default: 0] += bytes }
    }

    func remove(_ bytes: Int, of caller: IPv4Address?) {
        guard let caller else { return }
        total.subtract(bytes, ordering: .relaxed)
        bytesByCaller.withLock { callers in
            let left = callers[caller, default: 0] - bytes
            callers[caller] = left > 0 ? left : nil
        }
    }
}
