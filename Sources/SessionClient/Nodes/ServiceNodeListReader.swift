import SessionProtocol
import Synchronization

/// Reads service node lists for all clients of one process, each distinct answer of the seed address once.
///
/// A list never changes, so any number of clients may hold the same. Whether two answers are the same is decided by
/// their bytes; where both are one buffer, that takes no time.
public final class ServiceNodeListReader: Sendable {
    /// Clients that start together are answered by one state of the ledger, or by a few.
    private static let capacity = 4
    /// The newest last.
    private let lists = Mutex<[(body: Bytes, list: ServiceNodeList)]>([])

    /// Knows nothing yet.
    public init() {}

    /// Reads an answer's body, unless it is one of the last few.
    func list(in body: Bytes) throws(BootstrapFailure) -> ServiceNodeList {
        // Read under the lock: of clients on several threads one reads, and the others have it from there.
        let result: Result<ServiceNodeList, BootstrapFailure> = lists.withLock { lists in
            if let known = lists.last(where: { $0.body == body }) { return .success(known.list) }
            let list: ServiceNodeList
            do throws(BootstrapFailure) { list = try ServiceNodeList(body: body) } catch { return .failure(error) }
            if lists.count == Self.capacity { lists.removeFirst() }
            lists.append((body, list))
            return .success(list)
        }
        return try result.get()
    }
}
