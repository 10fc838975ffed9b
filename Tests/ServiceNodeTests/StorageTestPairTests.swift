import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What a storage test is made of: who, by which block, and which message (storage-node §9.2).
struct StorageTestPairTests {
    @Test("Tester and testee are those of the vectors")
    func vectorPairs() throws {
        let pairs = try vectors("storage").list("storage_test_pairs")
        #expect(pairs.count == 18)
        for pair in pairs {
            let count = Int(try #require(pair["members"]?.asInteger))
            let indices = StorageTestPair.indices(blockHash: try pair.text("block_hash"), among: count)
            #expect(pair["tester_index"] == .int(indices.tester), "\(pair)")
            #expect(pair["testee_index"] == .int(indices.testee), "\(pair)")
        }
    }

    @Test("A swarm of fewer than two has no pair; nobody tests itself")
    func smallSwarms() throws {
        let keys = (1...10).map { NodeKeys(networkSeed: 7, name: "sn\($0)") }
        let view = NetworkView(try NodeTable(parsing: ledgerTable(keys.map { ListedNode($0) })))
        let members = try #require(view.swarms.values.first)
        for hash in ["00000000", "abc", ""] {
            #expect(StorageTestPair(blockHash: hash, members: []) == nil)
            #expect(StorageTestPair(blockHash: hash, members: Array(members[..<1])) == nil)
            for count in 2...10 {
                let pair = try #require(StorageTestPair(blockHash: hash, members: Array(members[..<count])))
                #expect(pair.tester != pair.testee)
            }
        }
    }

    @Test("Thirty blocks are remembered; a step back drops the other branch; older blocks fill gaps only")
    func recentBlocks() {
        var blocks = RecentBlocks()
        blocks.fill(3, "before any top")
        #expect(blocks.heights.isEmpty)
        blocks.advance(to: 10, "a10")
        blocks.fill(8, "f8")
        blocks.fill(9, "f9")
        blocks.fill(10, "not a10")
        blocks.fill(9, "not f9")
        blocks.fill(11, "above")
        #expect(blocks.heights == [10, 9, 8])
        #expect([8, 9, 10, 11].map { blocks.hash(at: $0) } == ["f8", "f9", "a10", nil])
        for height in 11...38 as ClosedRange<UInt64> { blocks.advance(to: height, "a\(height)") }
        #expect(blocks.heights == Array((9...38).reversed()))
        blocks.fill(1, "there is no room")
        #expect(blocks.heights.count == 30)
        blocks.advance(to: 30, "b30")
        #expect(blocks.heights.first == 30)
        #expect([29, 30, 31].map { blocks.hash(at: $0) } == ["a29", "b30", nil])
        blocks.advance(to: 50, "b50")
        #expect([30, 40, 50].map { blocks.hash(at: $0) } == ["b30", nil, "b50"])
    }

    @Test(
        "A block's hash is a bare string of 64 hex digits; every other answer is left alone",
        arguments: [
            (["200", #""\#(String(repeating: "ab", count: 32))""#], true),
            (["500", #""\#(String(repeating: "ab", count: 32))""#], false),
            ([#""\#(String(repeating: "ab", count: 32))""#], false),
            (["200", #""\#(String(repeating: "xy", count: 32))""#], false),
            (["200", #"{"height":9,"5":"\#(String(repeating: "ab", count: 32))"}"#], false), (["200", ""], false),
            (["200", #"[\#(String(repeating: "11", count: 32))]"#], false),
        ])
    func blockHash(parts: [String], isGood: Bool) {
        let hash = BlockHashes.hash(parts.map { Bytes($0.utf8) })
        #expect(hash == (isGood ? String(repeating: "ab", count: 32) : nil))
    }

    @Test("Two nodes are settled after two minutes in one swarm; leaving it starts the time again, for both alike")
    func companions() throws {
        let keys = (1...3).map { NodeKeys(networkSeed: 7, name: "sn\($0)") }
        let peer = keys[1].legacy.publicKey
        func membership(_ swarms: [UInt64]) throws -> Membership {
            let nodes = zip(keys, swarms).map { ListedNode($0, swarm: $1) }
            return Membership(NetworkView(try NodeTable(parsing: ledgerTable(nodes))), own: keys[0].legacy.publicKey)
        }
        var companions = SwarmCompanions()
        #expect(!companions.areSettled(with: peer, at: .seconds(500)))
        companions.update(try membership([1, 1, 2]), at: .seconds(10))
        #expect(!companions.areSettled(with: peer, at: .milliseconds(129_999)))
        #expect(companions.areSettled(with: peer, at: .seconds(130)))
        companions.update(try membership([1, 1, 1]), at: .seconds(200))
        #expect(companions.areSettled(with: peer, at: .seconds(200)))
        #expect(!companions.areSettled(with: keys[2].legacy.publicKey, at: .seconds(319)))
        #expect(companions.areSettled(with: keys[2].legacy.publicKey, at: .seconds(320)))
        companions.update(try membership([1, 2, 1]), at: .seconds(400))
        companions.update(try membership([1, 1, 1]), at: .seconds(410))
        #expect(!companions.areSettled(with: peer, at: .seconds(529)))
        #expect(companions.areSettled(with: peer, at: .seconds(530)))
        companions.update(try membership([3, 3, 3]), at: .seconds(600))
        #expect(!companions.areSettled(with: peer, at: .seconds(719)), "a swarm of the same people is another swarm")
    }
}
