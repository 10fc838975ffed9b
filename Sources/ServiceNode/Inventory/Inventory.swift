import SessionCrypto
import SessionProtocol
import Storage

/// One message a node holds, without its content.
public struct InventoryRecord: Sendable, Equatable {
    public var account: AccountID
    public var namespace: Namespace
    public var hash: MessageHash
    /// As the sender set it, in milliseconds since 1970.
    public var timestamp: Int64
    /// In milliseconds since 1970.
    public var expiry: Int64
    /// SHA-256 of the data, 64 hex digits.
    public var digest: String

    /// As it stands in ``EventKind/inventoryTaken``.
    public var json: JSON {
        [
            "account": .string(account.hex), "namespace": .integer(Int64(namespace.rawValue)),
            "hash": .string(hash.text), "timestamp": .integer(timestamp), "expiry": .integer(expiry),
            "digest": .string(digest),
        ]
    }
}

/// Reads what a node really holds: from its store's file, past whatever the store has in memory.
struct Inventory: Sendable {
    let store: any MessageStore

    func take() async throws(StorageError) -> [InventoryRecord] {
        try await store.audit { message in
            InventoryRecord(
                account: message.account, namespace: message.namespace, hash: message.hash,
                timestamp: message.timestamp, expiry: message.expiry,
                digest: Hex.encode(Digest.sha256(message.data)))
        }
    }
}
