import SessionProtocol
import Storage
import Synchronization

/// Room for pages of messages that a node has in its hands at once, from before they are read until they are in their
/// answers. When very many are asked for together each is smaller, and its asker is told that there is more.
final class PageRoom: Sendable {
    /// Eight of the largest pages, counted as ``RetrieveLimits`` counts.
    static let mostBytes = 8 * Limits.retrieveBytes
    /// Nobody is given less: a page has one message in any case.
    static let leastBytes = RetrieveLimits.cost(ofDataBytes: Limits.messageBytes)

    private let left = Mutex(mostBytes)

    /// What is not taken.
    var bytesLeft: Int { left.withLock(\.self) }

    /// Takes room for a page, at most half of what there is, and has it read.
    func holding<Page>(
        _ limits: RetrieveLimits, _ read: (RetrieveLimits) async throws(Refusal) -> Page
    ) async throws(Refusal) -> Page {
        var limits = limits
        let taken = left.withLock { left in
            let taken = min(limits.maximumBytes, max(left / 2, Self.leastBytes))
            left -= taken
            return taken
        }
        defer { left.withLock { $0 += taken } }
        limits.maximumBytes = taken
        return try await read(limits)
    }
}
