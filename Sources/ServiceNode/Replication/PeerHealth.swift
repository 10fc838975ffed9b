import SessionProtocol

/// Remembers which peers stopped answering, so that one dead member does not slow every store down. Pure: no clock, no
/// network.
///
/// A peer that let a whole time-out pass is *silent*: copies are still sent to it, in case it only sleeps, but nobody
/// waits long for it until it answers again. Slow peers that do answer are always waited for. The memory is bounded by
/// the swarm: peers that left are forgotten.
struct PeerHealth: Sendable {
    enum Change: Sendable, Equatable {
        case none
        /// It answered until now.
        case lost(reason: String)
        /// It answers again.
        case returned
    }

    /// How a peer fails at present; absent while it answers.
    private enum Failure: Equatable {
        /// No connection can be made: requests fail at once, so there is nothing to shorten.
        case unreachable
        /// Connected, but no answer came within the time-out.
        case silent
    }
    private var failures: [X25519PublicKey: Failure] = [:]

    /// How long to wait for an answer from a peer that is not known to be silent (storage-node §8.1).
    static let patience = Duration.seconds(5)
    /// How long to wait for one that is.
    static let patienceWithSilent = Duration.milliseconds(50)

    func patience(with peer: X25519PublicKey) -> Duration {
        isSilent(peer) ? Self.patienceWithSilent : Self.patience
    }

    /// Whether somebody should ask the peer now and then if it is back.
    func isSilent(_ peer: X25519PublicKey) -> Bool { failures[peer] == .silent }

    /// Whether the peer did not answer the last time, for whatever reason.
    func isFailing(_ peer: X25519PublicKey) -> Bool { failures[peer] != nil }

    mutating func answered(_ peer: X25519PublicKey) -> Change {
        failures.removeValue(forKey: peer) == nil ? .none : .returned
    }

    /// - Parameter patience: how long it was waited for.
    mutating func timedOut(_ peer: X25519PublicKey, after patience: Duration) -> Change {
        // It answered something since the short wait began: that says more than fifty milliseconds of silence.
        if patience < Self.patience, failures[peer] == nil { return .none }
        let previous = failures.updateValue(.silent, forKey: peer)
        return previous == nil ? .lost(reason: "no answer within \(patience)") : .none
    }

    mutating func wasUnreachable(_ peer: X25519PublicKey, reason: String) -> Change {
        let previous = failures.updateValue(.unreachable, forKey: peer)
        return previous == nil ? .lost(reason: reason) : .none
    }

    /// Forgets everybody but `peers`.
    mutating func keepOnly(_ peers: Set<X25519PublicKey>) { failures = failures.filter { peers.contains($0.key) } }
}
