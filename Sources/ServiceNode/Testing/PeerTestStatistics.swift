/// What a node's tests of its peers came to since it started.
public struct PeerTestStatistics: Sendable, Equatable {
    /// Finished tests that were reported as passed.
    public internal(set) var passed = 0
    /// Finished tests that were reported as failed.
    public internal(set) var failed = 0
    /// Storage tests by how they ended.
    public internal(set) var storage: [StorageTestResult: Int] = [:]
}
