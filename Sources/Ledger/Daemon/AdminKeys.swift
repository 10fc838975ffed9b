import SessionProtocol
import Synchronization

/// The keys that may call admin commands. Shared with the transport, which asks for every message and cannot wait.
final class AdminKeys: Sendable {
    private let keys = Mutex<Set<X25519PublicKey>>([])

    func insert(_ key: X25519PublicKey) { keys.withLock { _ = $0.insert(key) } }

    func contains(_ key: X25519PublicKey) -> Bool { keys.withLock { $0.contains(key) } }
}
