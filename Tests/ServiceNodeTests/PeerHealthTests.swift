import SessionProtocol
import Testing

@testable import ServiceNode

/// How a node remembers which peers do not answer.
struct PeerHealthTests {
    private let peer: X25519PublicKey
    private let other: X25519PublicKey

    init() throws {
        peer = try #require(X25519PublicKey(Bytes(repeating: 1, count: 32)))
        other = try #require(X25519PublicKey(Bytes(repeating: 2, count: 32)))
    }

    @Test("One time-out makes a peer silent, for itself alone; an answer ends that, and each is told once")
    func silence() {
        var health = PeerHealth()
        #expect(health.patience(with: peer) == .seconds(5))
        #expect(health.timedOut(peer, after: .seconds(5)) == .lost(reason: "no answer within 5.0 seconds"))
        #expect(health.timedOut(peer, after: .seconds(5)) == .none)
        #expect(health.patience(with: peer) == .milliseconds(50))
        #expect(health.patience(with: other) == .seconds(5))
        #expect(health.isSilent(peer))
        #expect(!health.isSilent(other))
        #expect(health.answered(peer) == .returned)
        #expect(health.answered(peer) == .none)
        #expect(health.patience(with: peer) == .seconds(5))
        #expect(!health.isSilent(peer))
    }

    @Test("A peer without a connection fails fast by itself: it is lost, but neither hurried nor probed")
    func unreachable() {
        var health = PeerHealth()
        #expect(health.wasUnreachable(peer, reason: "refused") == .lost(reason: "refused"))
        #expect(health.wasUnreachable(peer, reason: "refused") == .none)
        #expect(health.patience(with: peer) == .seconds(5))
        #expect(!health.isSilent(peer))
        #expect(health.answered(peer) == .returned)
    }

    @Test("The newest kind of failure counts, without being told as a new loss")
    func changingFailure() {
        var health = PeerHealth()
        _ = health.timedOut(peer, after: .seconds(5))
        #expect(health.wasUnreachable(peer, reason: "refused") == .none)
        #expect(!health.isSilent(peer))
        #expect(health.timedOut(peer, after: .seconds(5)) == .none)
        #expect(health.isSilent(peer))
    }

    @Test("A short wait that ends after the peer answered something else says nothing; a long one does")
    func overtakenTimeOut() {
        var health = PeerHealth()
        _ = health.timedOut(peer, after: .seconds(5))
        #expect(health.answered(peer) == .returned)
        #expect(health.timedOut(peer, after: .milliseconds(50)) == .none)
        #expect(!health.isSilent(peer))
        #expect(health.timedOut(peer, after: .seconds(5)) == .lost(reason: "no answer within 5.0 seconds"))
        // While it is silent, short waits keep it so.
        #expect(health.timedOut(peer, after: .milliseconds(50)) == .none)
        #expect(health.isSilent(peer))
    }

    @Test("Peers that left are forgotten, the others are not")
    func leavers() {
        var health = PeerHealth()
        _ = health.timedOut(other, after: .seconds(5))
        _ = health.timedOut(peer, after: .seconds(5))
        health.keepOnly([peer])
        #expect(health.isSilent(peer) && !health.isSilent(other))
        #expect(health.timedOut(other, after: .seconds(5)) != .none)
    }
}
