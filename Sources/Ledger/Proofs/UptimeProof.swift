import SessionProtocol

/// What a node claims in an uptime proof, as far as this ledger uses it (ledger §2.2).
public struct UptimeProof: Sendable, Equatable {
    public let node: LegacyPublicKey
    public let ed25519: Ed25519PublicKey
    /// Derived from ``ed25519``.
    public let x25519: X25519PublicKey
    public let publicIP: IPv4Address
    public let httpsPort: UInt16
    public let omqPort: UInt16
    /// Major, minor, patch.
    public let storageServerVersion: [UInt16]
    /// Likewise of the router; `nil` without one.
    public let routerVersion: [UInt16]?

    /// - Parameter storageServerVersion: major, minor, patch; `routerVersion` likewise.
    init(
        node: LegacyPublicKey, ed25519: Ed25519PublicKey, x25519: X25519PublicKey, publicIP: IPv4Address,
        httpsPort: UInt16, omqPort: UInt16, storageServerVersion: [UInt16], routerVersion: [UInt16]? = nil
    ) {
        self.node = node
        self.ed25519 = ed25519
        self.x25519 = x25519
        self.publicIP = publicIP
        self.httpsPort = httpsPort
        self.omqPort = omqPort
        self.storageServerVersion = storageServerVersion
        self.routerVersion = routerVersion
    }

    /// Whether a peer that knows `other` would look for the node elsewhere.
    func hasOtherAddress(than other: UptimeProof) -> Bool {
        publicIP != other.publicIP || httpsPort != other.httpsPort || omqPort != other.omqPort
            || ed25519 != other.ed25519
    }
}

/// A proof the ledger took.
public struct AcceptedProof: Sendable, Equatable {
    public let proof: UptimeProof
    /// Seconds since the Unix epoch; 0 when a decommission voided it.
    public var timestamp: Int64
    /// The ledger's own clock, for ages; `nil` when a decommission voided it.
    var acceptedAt: Duration?
}

/// How often nodes prove themselves; every figure derives from one, in the network's own ratios (ledger §0.1, §2).
public struct ProofTiming: Sendable, Equatable {
    /// From one proof to the next.
    public let frequency: Duration

    /// - Parameter frequency: 60 minutes on mainnet.
    public init(frequency: Duration = .seconds(3_600)) {
        precondition(frequency > .zero, "proofs are some time apart")
        self.frequency = frequency
    }

    /// A proof sooner after the last one is refused.
    public var shortestGap: Duration { frequency / 2 }
    /// A little early, so that the clock's granularity never makes one late.
    var due: Duration { frequency - min(.seconds(15), frequency / 4) }
    /// Between two looks at which proofs are due.
    var check: Duration { min(.seconds(30), frequency / 12) }
}
