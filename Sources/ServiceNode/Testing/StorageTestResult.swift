/// How a storage test ended (storage-node §9.2).
public enum StorageTestResult: String, Sendable, CaseIterable {
    /// The peer gave the message back.
    case ok = "OK"
    /// It gave back something else.
    case mismatch = "MISMATCH"
    /// It does not think that this node may test it at that height.
    case rejected = "REJECTED"
    /// It said that it does not have the message, or anything else, or nothing.
    case other = "OTHER"
}

/// A ``StorageTestResult`` and what it says of the peer.
struct StorageTestFinding: Sendable, Equatable {
    var result: StorageTestResult
    /// Whether the peer proved by its own answer that the message is not in its store.
    var isLoss: Bool
}
