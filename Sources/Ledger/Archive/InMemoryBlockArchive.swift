import SessionProtocol
import Storage
import Synchronization

/// An archive that lives as long as the process, for simulations and tests.
public final class InMemoryBlockArchive: BlockArchive {
    private struct Contents {
        var identity: Bytes?
        var blocks: [StoredBlock] = []
        var isClosed = false
    }
    private let contents = Mutex(Contents())

    public init() {}

    public func identity(elseSetTo new: Bytes) throws(StorageError) -> Bytes {
        try whileOpen { contents throws(StorageError) in
            let identity = contents.identity ?? new
            contents.identity = identity
            return identity
        }
    }

    public func append(_ blocks: [StoredBlock]) throws(StorageError) {
        try whileOpen { contents throws(StorageError) in try Self.append(blocks, to: &contents.blocks) }
    }

    public func replace(fromHeight height: UInt64, with blocks: [StoredBlock]) throws(StorageError) {
        try whileOpen { contents throws(StorageError) in
            var kept = contents.blocks
            kept.removeAll { $0.height >= height }
            try Self.append(blocks, to: &kept)
            contents.blocks = kept
        }
    }

    public func all() throws(StorageError) -> [StoredBlock] {
        try whileOpen { contents throws(StorageError) in contents.blocks }
    }

    public func close() { contents.withLock { $0.isClosed = true } }

    /// Opens it again, as a new process would.
    public func reopen() { contents.withLock { $0.isClosed = false } }

    private static func append(_ new: [StoredBlock], to blocks: inout [StoredBlock]) throws(StorageError) {
        var last = blocks.last?.height
        for block in new {
            guard last.map({ block.height == $0 + 1 }) ?? true, block.height <= UInt64(Int64.max) else {
                throw .failed(
                    operation: "append blocks", code: 0,
                    message: "block \(block.height) does not follow block \(last.map(String.init) ?? "-1")")
            }
            last = block.height
        }
        blocks += new
    }

    private func whileOpen<Result>(
        _ body: (inout Contents) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try contents.withLock { contents throws(StorageError) in
            if contents.isClosed { throw .closed }
            return try body(&contents)
        }
    }
}
