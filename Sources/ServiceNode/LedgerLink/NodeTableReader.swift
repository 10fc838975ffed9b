import SessionProtocol
import Synchronization

/// Reads the ledger's node tables for all nodes of one process, each distinct reply once.
///
/// After a block every node gets the same answer, and 10,000 nodes would each read 10,000 entries. What is read never
/// changes, so they may all hold the same. Whether two replies are the same is decided by their bytes alone, which
/// name the block and tell everything about it; where both are one buffer, that takes no time.
public final class NodeTableReader: Sendable {
    /// What a reply says.
    enum Reading: Sendable {
        /// The top block is the one that was named.
        case unchanged
        case network(NetworkView)
    }

    /// Blocks that follow each other closely, each asked for in several ways.
    private static let capacity = 6
    /// The newest last.
    private let readings = Mutex<[(reply: Bytes, reading: Reading)]>([])

    /// Knows nothing yet.
    public init() {}

    /// Reads a reply, unless it is one of the last few.
    /// - Returns: `nil` for a reply that cannot be used.
    func reading(of reply: Bytes) -> Reading? {
        // Read under the lock: of nodes on several threads one reads, and the others have it from there.
        readings.withLock { readings in
            if let known = readings.last(where: { $0.reply == reply }) { return known.reading }
            guard let reading = Self.read(reply) else { return nil }
            if readings.count == Self.capacity { readings.removeFirst() }
            readings.append((reply, reading))
            return reading
        }
    }

    /// Reads a reply for one node alone.
    /// - Returns: `nil` for a reply that cannot be used.
    static func read(_ reply: Bytes) -> Reading? {
        do {
            let table = try NodeTable(parsing: try JSON(parsing: reply))
            return table.isUnchanged ? .unchanged : .network(NetworkView(table))
        } catch {
            return nil
        }
    }
}
