import SessionProtocol

/// Where a node keeps its messages. Whatever a call returned successfully survives the end of the process.
public protocol MessageStore: Sendable {
    /// Keeps a message, or raises the expiry of the one with the same hash (storage-node §11, row "store").
    ///
    /// In an outbox namespace the message also replaces every other one of that account and namespace, in the same
    /// transaction: either both happen or neither.
    ///
    /// - Throws: ``StorageError/full`` when there is no room. The store is then as it was before.
    func store(_ message: StoredMessage) async throws(StorageError) -> StoreReceipt

    /// The messages of one mailbox in the order of their arrival here (storage-node §3.6).
    ///
    /// - Parameter hash: return those that arrived after this one. If it is not in that mailbox (any more), the page
    ///   starts from the beginning.
    func retrieve(
        _ account: AccountID, _ namespace: Namespace, after hash: MessageHash?, limits: RetrieveLimits
    ) async throws(StorageError) -> MessagePage

    /// Forgets messages whose expiry is `now` or earlier. Nothing else looks at the expiry (storage-node §11).
    ///
    /// - Parameter now: milliseconds since 1970.
    /// - Returns: how many were forgotten.
    func removeExpired(at now: Int64) async throws(StorageError) -> Int

    /// The whole store in order of arrival, for an inventory: at most `limit` messages whose row is above `row`.
    ///
    /// Start with row 0 and continue with the last row returned, until fewer than `limit` come back. Rows only grow
    /// and are never used twice.
    func messages(
        afterRow row: Int64, limit: Int
    ) async throws(StorageError) -> [(row: Int64, message: StoredMessage)]

    /// The message of this name, whose ever it is and whatever its expiry; `nil` if there is none.
    func message(_ hash: MessageHash) async throws(StorageError) -> StoredMessage?

    /// Releases the file. Calling it again does nothing; every other call then throws ``StorageError/closed``.
    func close() async
}
