import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

@Suite struct QuorumVoteTests {
    /// Twelve nodes of which ten judge two.
    private static let keys = TestNetwork.keys(12).map(\.legacy).sorted { $0.publicKey < $1.publicKey }
    private static let quorum = ObligationsQuorum(
        height: 40, hash: BlockHash(Bytes(repeating: 9, count: 32)), active: keys.map(\.publicKey),
        decommissioned: [], rules: TestingRules())

    static func signer(of validator: UInt32, in quorum: ObligationsQuorum) throws -> LegacyKeyPair {
        try #require(keys.first { $0.publicKey == quorum.validators[Int(validator)] })
    }

    private static func vote(
        _ validator: UInt32, worker: UInt32 = 0, change: StateChange.Kind = .decommission, height: UInt64 = 40
    ) throws -> ObligationVote {
        ObligationVote(
            .init(quorumHeight: height, workerIndex: worker, change: change), validatorIndex: validator,
            reasons: .uptime, signedBy: try signer(of: validator % 10, in: quorum))
    }

    @Test("A vote signs height, worker and change; for a deregistration the change is left out")
    func signedBytes() {
        func hash(_ change: StateChange.Kind) -> Bytes {
            ObligationVote.Subject(quorumHeight: 0x0102, workerIndex: 3, change: change).signedHash
        }
        let bare: Bytes = [2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]
        let key = Bytes("obligations vote".utf8)
        #expect(hash(.deregister) == Digest.blake2b(bare, key: key))
        #expect(hash(.decommission) == Digest.blake2b(bare + [1, 0], key: key))
        #expect(hash(.recommission) == Digest.blake2b(bare + [2, 0], key: key))
        #expect(hash(.ipChangePenalty) == Digest.blake2b(bare + [3, 0], key: key))
    }

    @Test("Votes of members on members count, up to 60 blocks after the quorum", arguments: [40, 41, 100] as [UInt64])
    func good(top: UInt64) throws {
        for validator in 0..<UInt32(10) {
            let vote = try Self.vote(validator, worker: validator % 2)
            #expect(vote.refusal(quorum: Self.quorum, top: top, lifetime: 60) == nil)
        }
    }

    @Test("A vote of or on somebody outside the quorum is refused, and so is one from above the tip or long ago")
    func refusals() throws {
        func refusal(_ vote: ObligationVote, quorum: ObligationsQuorum? = Self.quorum, top: UInt64 = 52) -> VoteRefusal?
        {
            vote.refusal(quorum: quorum, top: top, lifetime: 60)
        }
        #expect(refusal(try Self.vote(10)) == .noSuchValidator(index: 10, validators: 10))
        #expect(refusal(try Self.vote(0, worker: 2)) == .noSuchWorker(index: 2, workers: 2))
        #expect(refusal(try Self.vote(0), top: 39) == .quorumAboveTop(quorum: 40, top: 39))
        #expect(refusal(try Self.vote(0), top: 101) == .tooOld(quorum: 40, top: 101, lifetime: 60))
        #expect(refusal(try Self.vote(0), quorum: nil) == .noQuorum(40))
    }

    @Test("A vote counts only with its validator's signature over these very bytes")
    func signatures() throws {
        let good = try Self.vote(3)
        func refusal(_ signature: Bytes) -> VoteRefusal? {
            var vote = good
            vote.vote = QuorumVote(validatorIndex: 3, reasons: .uptime, signature: signature)
            return vote.refusal(quorum: Self.quorum, top: 52, lifetime: 60)
        }
        #expect(refusal(good.vote.signature) == nil)
        #expect(refusal([]) == .badSignature(validator: 3))
        #expect(refusal(Bytes(repeating: 0, count: 64)) == .badSignature(validator: 3))
        #expect(refusal(try Self.vote(4).vote.signature) == .badSignature(validator: 3))
        #expect(refusal(try Self.vote(3, worker: 1).vote.signature) == .badSignature(validator: 3))
        #expect(refusal(try Self.vote(3, change: .deregister).vote.signature) == .badSignature(validator: 3))
        #expect(refusal(try Self.vote(3, height: 41).vote.signature) == .badSignature(validator: 3))
    }

    @Test("The reasons are not signed: whoever relays a vote could change them")
    func unsignedReasons() throws {
        var vote = try Self.vote(3)
        vote.vote = QuorumVote(validatorIndex: 3, reasons: .storage, signature: vote.vote.signature)
        #expect(vote.refusal(quorum: Self.quorum, top: 52, lifetime: 60) == nil)
    }

    @Test("On a small network nobody judges itself")
    func ownWorker() throws {
        let small = ObligationsQuorum(
            height: 40, hash: BlockHash(Bytes(repeating: 9, count: 32)),
            active: Self.keys.prefix(4).map(\.publicKey), decommissioned: [], rules: TestingRules())
        for worker in 0..<UInt32(4) {
            let own = try #require(small.validators.firstIndex(of: small.workers[Int(worker)]))
            let vote = ObligationVote(
                .init(quorumHeight: 40, workerIndex: worker, change: .deregister), validatorIndex: UInt32(own),
                reasons: [], signedBy: try Self.signer(of: UInt32(own), in: small))
            #expect(vote.refusal(quorum: small, top: 52, lifetime: 60) == .ownWorker(index: worker))
        }
    }

    @Test("The pool keeps one vote of each validator on each subject, and hands them out by validator")
    func pool() throws {
        var pool = VotePool()
        for validator in [7, 2, 9, 0] as [UInt32] { #expect(pool.add(try Self.vote(validator))) }
        let subject = try Self.vote(0).subject
        #expect(pool.votes(on: subject).map(\.validatorIndex) == [0, 2, 7, 9])
        #expect(!pool.add(try Self.vote(2)))
        #expect(pool.votes(on: subject).count == 4)
        // Another worker, another change or another quorum is another matter.
        #expect(pool.add(try Self.vote(2, worker: 1)))
        #expect(pool.add(try Self.vote(2, change: .deregister)))
        #expect(pool.add(try Self.vote(2, height: 41)))
        #expect(pool.subjects.count == 4)
    }

    @Test("Votes are forgotten 60 blocks after their quorum, or when their quorum is replaced")
    func forgetting() throws {
        var pool = VotePool()
        for height in [40, 41, 42] as [UInt64] { #expect(pool.add(try Self.vote(1, height: height))) }
        pool.cull(top: 100, lifetime: 60)
        #expect(pool.subjects.map(\.quorumHeight) == [40, 41, 42])
        pool.cull(top: 101, lifetime: 60)
        #expect(pool.subjects.map(\.quorumHeight) == [41, 42])
        pool.remove(from: 42)
        #expect(pool.subjects.map(\.quorumHeight) == [41])
    }
}
