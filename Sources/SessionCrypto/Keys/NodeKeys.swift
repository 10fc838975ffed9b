import SessionProtocol

/// The three key pairs of one node (storage-node §1). Printing them shows the public halves only.
public struct NodeKeys: Sendable {
    /// Differs from ``ed25519`` on purpose: nothing on the wire may rely on the two being equal.
    public let legacy: LegacyKeyPair
    /// Signs replies; names the node in onions.
    public let ed25519: Ed25519KeyPair
    /// The converted Ed25519 pair, as on real networks.
    public let x25519: X25519KeyPair

    /// Derives every key of a node from the run's seed and the node's name, so that a seed always gives the same
    /// network.
    ///
    /// Whoever knows the seed knows the keys: for test networks only.
    public init(networkSeed: UInt64, name: String) {
        do {
            legacy = try LegacyKeyPair(seed: Self.seed("node legacy", networkSeed, name))
            ed25519 = try Ed25519KeyPair(seed: Self.seed("node ed25519", networkSeed, name))
            x25519 = ed25519.x25519
        } catch {
            preconditionFailure("derived seeds have 32 bytes and give usable keys: \(error)")
        }
    }

    /// A node whose keys come from elsewhere, such as its ledger daemon or a test vector.
    public init(legacy: LegacyKeyPair, ed25519: Ed25519KeyPair, x25519: X25519KeyPair) {
        self.legacy = legacy
        self.ed25519 = ed25519
        self.x25519 = x25519
    }

    private static func seed(_ purpose: String, _ networkSeed: UInt64, _ name: String) -> Bytes {
        let number = withUnsafeBytes(of: networkSeed.littleEndian) { Bytes($0) }
        return Digest.blake2b(number + Bytes(name.utf8), key: Bytes(purpose.utf8))
    }
}
