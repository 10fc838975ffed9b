/// Whether public-key operations are computed or only modelled.
///
/// Key derivation, key agreement, signing and verifying take 40–110 µs each and dominate the cost of a large simulated
/// network. ``modelled`` answers them with cheap arithmetic in a group of 61 bits that behaves alike: the same lengths
/// in bytes, an agreement that both sides reach, signatures that need the secret and fail when message, signature or
/// key differ. Hashes and symmetric ciphers are computed under either cost.
///
/// **Modelled cryptography protects nothing.** Whoever sees a modelled public key finds its secret in no time. It is
/// for scale runs of a simulation, where the only parties are the simulation's own.
///
/// A key pair belongs to the cost under which it was made, and so do its public key, signatures and onion layers. Using
/// one under the other cost does not trap; signatures then fail to verify and layers fail to open.
public enum CryptoCost: String, Sendable, CaseIterable {
    /// X25519 and Ed25519 as the protocol has them.
    case real
    /// Stand-ins without any security.
    case modelled

    /// The cost in force for the running task and the child tasks it starts; ``real`` unless a caller binds another:
    ///
    ///     await CryptoCost.$current.withValue(.modelled) { await simulation() }
    @TaskLocal public static var current: CryptoCost = .real
}
