import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

@Suite struct UptimeProofTests {
    private static let keys = TestNetwork.keys(2)
    private static let hour = ProofTiming()

    private static func proof(
        _ index: Int = 0, httpsPort: UInt16 = 1, ed25519: Ed25519PublicKey? = nil
    ) -> UptimeProof {
        UptimeProof(
            node: keys[index].legacy.publicKey, ed25519: ed25519 ?? keys[index].ed25519.publicKey,
            x25519: keys[index].x25519.publicKey, publicIP: .loopback, httpsPort: httpsPort, omqPort: 2,
            storageServerVersion: [2, 8, 0])
    }

    @Test("Proofs are taken from registered nodes, half an interval apart")
    func acceptance() {
        var proofs = UptimeProofs(timing: Self.hour)
        func offer(_ proof: UptimeProof, registered: Bool = true, at seconds: Int) -> UptimeProofs.Verdict {
            proofs.offer(proof, isRegistered: registered, at: .seconds(seconds), timestamp: Int64(seconds))
        }
        #expect(offer(Self.proof(), registered: false, at: 0) == .notRegistered)
        #expect(offer(Self.proof(httpsPort: 0), at: 0) == .portsMissing)
        #expect(offer(Self.proof(), at: 0) == .accepted(isNewAddress: true))
        #expect(offer(Self.proof(), at: 1_799) == .tooEarly)
        #expect(offer(Self.proof(), at: 1_800) == .accepted(isNewAddress: false))
        #expect(proofs.byNode[Self.keys[0].legacy.publicKey]?.timestamp == 1_800)
    }

    @Test("A node that came back on another port is believed at once")
    func movedNode() {
        var proofs = UptimeProofs(timing: Self.hour)
        _ = proofs.offer(Self.proof(), isRegistered: true, at: .zero, timestamp: 0)
        let verdict = proofs.offer(Self.proof(httpsPort: 9), isRegistered: true, at: .seconds(1), timestamp: 1)
        #expect(verdict == .accepted(isNewAddress: true))
    }

    @Test("Two nodes cannot prove themselves with one Ed25519 key")
    func sharedKey() {
        var proofs = UptimeProofs(timing: Self.hour)
        _ = proofs.offer(Self.proof(), isRegistered: true, at: .zero, timestamp: 0)
        let twin = Self.proof(1, ed25519: Self.keys[0].ed25519.publicKey)
        let verdict = proofs.offer(twin, isRegistered: true, at: .zero, timestamp: 0)
        #expect(verdict == .keyTaken(by: Self.keys[0].legacy.publicKey))
    }

    private static func ping(_ port: UInt16 = 1, error: JSON = .null) throws -> StorageServerPing {
        try StorageServerPing(params: [
            "version": [2, 8, 0], "https_port": .uint(UInt64(port)), "omq_port": 2, "error": error,
            "pubkey_ed25519": .string(keys[0].ed25519.publicKey.hex),
        ])
    }

    @Test("A daemon sends a proof with the first ping, then each hour less 15 s, while pings keep coming")
    func schedule() throws {
        var daemon = ServiceNodeDaemon(keys: Self.keys[0], publicIP: .loopback, timing: Self.hour)
        #expect(daemon.dueProof(at: .zero) == nil)
        #expect(daemon.receive(try Self.ping(), at: .seconds(10)) == "OK")
        #expect(daemon.dueProof(at: .seconds(10))?.httpsPort == 1)
        daemon.proofWasAccepted(at: .seconds(10))
        _ = daemon.receive(try Self.ping(), at: .seconds(3_000))
        #expect(daemon.dueProof(at: .seconds(3_594)) == nil)
        #expect(daemon.dueProof(at: .seconds(3_595)) != nil)
        #expect(daemon.dueProof(at: .seconds(6_600)) != nil)
        #expect(daemon.dueProof(at: .seconds(6_601)) == nil, "the storage server has been silent for an hour")
    }

    @Test("A complaint silences the daemon until the next good ping, which proves at once")
    func complaint() throws {
        var daemon = ServiceNodeDaemon(keys: Self.keys[0], publicIP: .loopback, timing: Self.hour)
        _ = daemon.receive(try Self.ping(), at: .zero)
        daemon.proofWasAccepted(at: .zero)
        _ = daemon.receive(try Self.ping(error: "disk full"), at: .seconds(4_000))
        #expect(daemon.dueProof(at: .seconds(4_000)) == nil)
        _ = daemon.receive(try Self.ping(), at: .seconds(4_001))
        #expect(daemon.dueProof(at: .seconds(4_001)) != nil)
    }

    @Test("A ping with other ports makes a proof due at once; so does another address")
    func moving() throws {
        var daemon = ServiceNodeDaemon(keys: Self.keys[0], publicIP: .loopback, timing: Self.hour)
        _ = daemon.receive(try Self.ping(), at: .zero)
        daemon.proofWasAccepted(at: .zero)
        _ = daemon.receive(try Self.ping(), at: .seconds(30))
        #expect(daemon.dueProof(at: .seconds(30)) == nil)
        _ = daemon.receive(try Self.ping(9), at: .seconds(60))
        #expect(daemon.dueProof(at: .seconds(60))?.httpsPort == 9)
        daemon.proofWasAccepted(at: .seconds(60))
        daemon.move(to: IPv4Address(127, 9, 9, 9))
        #expect(daemon.dueProof(at: .seconds(61))?.publicIP == IPv4Address(127, 9, 9, 9))
    }

    @Test("Failures of a peer count from the first since its last success")
    func peerReports() {
        var reports = PeerReports()
        let peer = Self.keys[1].legacy.publicKey
        for (second, passed) in [(1, true), (2, false), (3, false), (4, true), (5, false), (6, false)] {
            reports.add(.storage, peer, passed: passed, at: .seconds(second))
        }
        let expected = PeerReports.Record(lastOK: .seconds(4), firstBad: .seconds(5), lastBad: .seconds(6))
        #expect(reports.record(of: peer, .storage) == expected)
        #expect(reports.record(of: peer, .lokinet) == nil)
    }
}
