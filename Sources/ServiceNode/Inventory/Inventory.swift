import SessionCrypto
import SessionProtocol
import Storage

/// One message a node holds, without its content.
public struct InventoryRecord: Sendable, Equatable {
    public var account: AccountID
    public var namespace: Namespace
    public var hash: MessageHash
    /// SHA-256 of the data, 64 hex digits.
    public var digest: String

    /// As it stands in ``EventKind/inventoryTaken``.
    public var json: JSON {
        [
            "account": .string(account.hex), "namespace": .integer(Int64(namespace.rawValue)),
            "hash": .string(hash.text), "digest": .string(digest),
        ]
    }
}

/// Reads what a node really holds, from the store itself.
struct Inventory: Sendable {
    let store: any MessageStore

    private static let pageSize = 256

    func take() async throws(StorageError) -> [InventoryRecord] {
        var records: [InventoryRecord] = []
        var row: Int64 = 0
        while true {
            let page = try await store.messages(afterRow: row, limit: Self.pageSize)
            for (_, message) in page {
                records.append(
                    InventoryRecord(
                        account: message.account, namespace: message.namespace, hash: message.hash,
                        digest: Hex.encode(Digest.sha256(message.data))))
            }
            guard let last = page.last, page.count == Self.pageSize else { return records }
            row = last.row
        }
    }
}
