import CHost
import NIOCore
import NIOPosix
import Synchronization

/// Gives back to the system what large requests and answers have left behind in the heap: the C library keeps what is
/// freed between blocks still in use.
final class MemoryReturn: Sendable {
    /// What is longer counts as large.
    static let smallBytes = 64 << 10
    /// So long after something large is done with; whatever else ends meanwhile is given back together.
    private static let delay = TimeAmount.seconds(2)

    private let isDue = Atomic(false)
    private let group: MultiThreadedEventLoopGroup

    init(group: MultiThreadedEventLoopGroup) { self.group = group }

    /// Something large is done with.
    func note() {
        guard !isDue.exchange(true, ordering: .relaxed) else { return }
        group.next().scheduleTask(in: Self.delay) { [self] in
            isDue.store(false, ordering: .relaxed)
            chost_return_memory()
        }
    }
}
