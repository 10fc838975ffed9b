import SessionProtocol
import Storage

/// Where a ledger keeps its blocks. Whatever a call acknowledged is there when the archive is opened again.
///
/// Calls return only when they are done, so that a block is never told of before it is kept.
public protocol BlockArchive: Sendable {
    /// Says which chain this archive is for, unless that was said before.
    /// - Returns: what was said first.
    func identity(elseSetTo new: Bytes) throws(StorageError) -> Bytes

    /// Keeps blocks above those it has, all of them or none.
    ///
    /// - Parameter blocks: heights go up by one, starting above the highest kept; in an empty archive at any height.
    func append(_ blocks: [StoredBlock]) throws(StorageError)

    /// Drops the blocks at this height and above, and keeps others in their place; all of it or nothing.
    func replace(fromHeight height: UInt64, with blocks: [StoredBlock]) throws(StorageError)

    /// Every block, by height.
    func all() throws(StorageError) -> [StoredBlock]

    /// Releases what it holds; every later call but this one throws ``StorageError/closed``.
    func close()
}

extension SQLiteBlockStore: BlockArchive {}
