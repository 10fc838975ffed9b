import SessionProtocol

/// What it takes to make a block again: an archive keeps nothing else. What was dropped while the block was made is not
/// in it, so a block made again tells of no ``LedgerEvent/dropped(_:)``.
public struct BlockRecord: Sendable, Equatable {
    public var height: UInt64
    /// Seconds since the Unix epoch.
    public var timestamp: Int64
    /// Tells branches apart.
    public var salt: UInt64
    /// In the order in which they were applied.
    public var transactions: [LedgerTransaction]

    public init(height: UInt64, timestamp: Int64, salt: UInt64, transactions: [LedgerTransaction]) {
        self.height = height
        self.timestamp = timestamp
        self.salt = salt
        self.transactions = transactions
    }
}

/// Why an archive is no chain of this genesis.
public struct ArchiveError: Error, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        case gap(expected: UInt64)
        case timeRunsBack(from: Int64, to: Int64)
        case refused(TransactionRefusal)
        /// The record is damaged; `field` is what cannot be read.
        case unreadable(field: String)
    }

    /// Of the block; `nil` when not even that can be read.
    public let height: UInt64?
    public let reason: Reason

    public init(height: UInt64?, reason: Reason) {
        self.height = height
        self.reason = reason
    }

    public var description: String {
        let place = height.map { "archived block \($0)" } ?? "an archived block"
        return switch reason {
        case .gap(let expected): "\(place): the chain goes on at height \(expected)"
        case .timeRunsBack(let before, let time): "\(place): its time \(time) lies before \(before)"
        case .refused(let refusal): "\(place): \(refusal)"
        case .unreadable(let field): "\(place): \(field) cannot be read; remove the archive to start anew"
        }
    }
}
