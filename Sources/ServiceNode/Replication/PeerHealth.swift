import SessionProtocol

/// Remembers which peers do not answer, so that one dead member does not slow every store down. Pure: no clock, no
/// network.
///
/// A peer *fails* from the first request that could not be delivered or let its whole time-out pass, until it answers
/// anything at all. Copies are still sent to it, in case it only sleeps, but nobody waits long for them; somebody else
/// asks it now and then whether it is back. Slow peers that do answer within the time-out are always waited for. The
/// memory is bounded by the swarm: peers that left are forgotten.
struct PeerHealth: Sendable {
    enum Change: Sendable, Equatable {
        case none
        /// It answered until now.
        case lost(reason: String)
        /// It answers again.
        case returned
    }

    private var failing: Set<X25519PublicKey> = []

    /// How long to wait for an answer from a peer that is not known to fail (storage-node §8.1).
    static let patience = Duration.seconds(5)
    /// How long to wait for one that is. A dead member may cost a store 50 ms; the rest is for the wait's own lateness, since
    /// timers and threads of a busy machine wake up some milliseconds after their time.
    static let patienceWithFailing = Duration.milliseconds(40)

    func patience(with peer: X25519PublicKey) -> Duration {
        isFailing(peer) ? Self.patienceWithFailing : Self.patience
    }

    /// Whether the peer did not answer the last time, for whatever reason.
    func isFailing(_ peer: X25519PublicKey) -> Bool { failing.contains(peer) }

    /// Any answer counts, even a refusal, and however late it is.
    mutating func answered(_ peer: X25519PublicKey) -> Change { failing.remove(peer) == nil ? .none : .returned }

    /// - Parameter patience: how long it was waited for.
    mutating func timedOut(_ peer: X25519PublicKey, after patience: Duration) -> Change {
        // A short wait that ends after the peer answered something else: that answer says more than forty milliseconds.
        guard patience >= Self.patience, failing.insert(peer).inserted else { return .none }
        return .lost(reason: "no answer within \(patience)")
    }

    mutating func wasUnreachable(_ peer: X25519PublicKey, reason: String) -> Change {
        failing.insert(peer).inserted ? .lost(reason: reason) : .none
    }

    /// Forgets everybody but `peers`.
    mutating func keepOnly(_ peers: Set<X25519PublicKey>) { failing.formIntersection(peers) }
}
