import SessionProtocol
import Synchronization

/// Public signing keys with their key-agreement keys. A conversion takes as long as checking a signature, and a client
/// that polls gives the same key every time. Holds nothing secret, and no more than ``slots``: a key takes the place of
/// another.
final class ConvertedKeys: Sendable {
    static let known = ConvertedKeys()

    private static let slots = 1024

    private struct Entry {
        let signing: Ed25519PublicKey
        /// `nil` for a key that has none.
        let agreement: X25519PublicKey?
    }

    private let entries = Mutex([Entry?](repeating: nil, count: slots))

    /// The key-agreement key of `signing`, which `convert` finds when it is not known.
    func key(for signing: Ed25519PublicKey, _ convert: () -> X25519PublicKey?) -> X25519PublicKey? {
        let slot = (Int(signing.bytes[0]) | Int(signing.bytes[1]) << 8) % Self.slots
        if let entry = entries.withLock({ $0[slot] }), entry.signing == signing { return entry.agreement }
        let entry = Entry(signing: signing, agreement: convert())
        entries.withLock { $0[slot] = entry }
        return entry.agreement
    }
}
