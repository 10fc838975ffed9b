import SessionProtocol

/// How long it is known that a revocation was lifted.
enum RevocationLimits {
    /// Nodes of a swarm do not miss each other for longer than any message lives.
    static let liftedMilliseconds = Limits.longestPrivateTTL
}

/// What is known of a subaccount's token; lists of them are in the order of becoming known.
struct Revocation: Sendable, Equatable {
    let token: Bytes
    /// In milliseconds since 1970.
    let at: Int64
    let isRevoked: Bool

    /// Whether it holds over what another node knows: it is later, or at the same moment the stricter one.
    func supersedes(_ other: Revocation) -> Bool {
        at > other.at || at == other.at && isRevoked && !other.isRevoked
    }

    /// When it need not be known any more that the token was revoked once, in milliseconds since 1970.
    var forgottenAt: Int64 {
        let (moment, overflow) = at.addingReportingOverflow(RevocationLimits.liftedMilliseconds)
        return overflow ? .max : moment
    }
}
