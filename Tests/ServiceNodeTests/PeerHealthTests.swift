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

    /// Something a peer did, and what it makes of the peer.
    private enum Step {
        case answers
        case timesOut(after: Duration)
        case unreachable

        func happen(to peer: X25519PublicKey, in health: inout PeerHealth) -> PeerHealth.Change {
            switch self {
            case .answers: health.answered(peer)
            case .timesOut(let patience): health.timedOut(peer, after: patience)
            case .unreachable: health.wasUnreachable(peer, reason: "refused")
            }
        }
    }
    private static let long = Step.timesOut(after: .seconds(5))
    private static let longer = Step.timesOut(after: .seconds(15))
    private static let short = Step.timesOut(after: .milliseconds(40))
    private static let silence = PeerHealth.Change.lost(reason: "no answer within 5.0 seconds")
    private static let refusal = PeerHealth.Change.lost(reason: "refused")

    @Test("A peer fails from the first failure until any answer; each is told once, and only who fails is hurried")
    func histories() {
        let histories: [(steps: [Step], last: PeerHealth.Change, isFailing: Bool)] = [
            ([], .none, false),
            ([.answers], .none, false),
            ([Self.long], Self.silence, true),
            ([Self.longer], .lost(reason: "no answer within 15.0 seconds"), true),
            ([.unreachable], Self.refusal, true),
            // However it fails next, it was lost only once.
            ([Self.long, Self.long], .none, true),
            ([.unreachable, .unreachable], .none, true),
            ([.unreachable, Self.long], .none, true),
            ([Self.long, .unreachable], .none, true),
            ([Self.long, Self.short], .none, true),
            ([.unreachable, Self.short, Self.short], .none, true),
            // Back, and lost anew.
            ([Self.long, .answers], .returned, false),
            ([.unreachable, .answers], .returned, false),
            ([Self.long, .answers, .answers], .none, false),
            ([Self.long, .answers, Self.long], Self.silence, true),
            ([.unreachable, .answers, .unreachable], Self.refusal, true),
            // A short wait that ends after the peer answered something else says nothing; a long one does.
            ([Self.long, .answers, Self.short], .none, false),
            ([.unreachable, .answers, Self.short, Self.long], Self.silence, true),
        ]
        for (steps, last, isFailing) in histories {
            var health = PeerHealth()
            var change = PeerHealth.Change.none
            for step in steps { change = step.happen(to: peer, in: &health) }
            #expect(change == last, "\(steps)")
            #expect(health.isFailing(peer) == isFailing, "\(steps)")
            #expect(health.patience(with: peer) == (isFailing ? .milliseconds(40) : .seconds(5)), "\(steps)")
            #expect(!health.isFailing(other) && health.patience(with: other) == .seconds(5), "\(steps)")
        }
    }

    @Test("Peers that left are forgotten, the others are not")
    func leavers() {
        var health = PeerHealth()
        for key in [other, peer] { _ = health.timedOut(key, after: .seconds(5)) }
        health.keepOnly([peer])
        #expect(health.isFailing(peer) && !health.isFailing(other))
        #expect(health.timedOut(other, after: .seconds(5)) == Self.silence)
    }
}
