import Swarms

/// Who asks whom for a message at one height (storage-node §9.2).
struct StorageTestPair: Sendable, Equatable {
    let tester: NodeRecord
    let testee: NodeRecord

    /// - Parameters:
    ///   - blockHash: the hash's text; its first eight characters are the seed, not the bytes they stand for.
    ///   - members: the whole swarm in ascending legacy-key order.
    /// - Returns: `nil` for a swarm of fewer than two.
    init?(blockHash: String, members: [NodeRecord]) {
        guard members.count >= 2 else { return nil }
        let (tester, testee) = Self.indices(blockHash: blockHash, among: members.count)
        self.tester = members[tester]
        self.testee = members[testee]
    }

    /// - Parameter count: at least 2.
    static func indices(blockHash: String, among count: Int) -> (tester: Int, testee: Int) {
        var chance = MersenneTwister(blockHash: blockHash.utf8)
        let tester = chance.uniform(UInt64(count))
        var testee = tester
        while testee == tester { testee = chance.uniform(UInt64(count)) }
        return (Int(tester), Int(testee))
    }
}
