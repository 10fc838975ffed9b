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

    /// Keeps messages that another node hands over, all in one transaction (storage-node §8.4).
    ///
    /// A message whose hash is known changes nothing, not even the expiry. Of an outbox mailbox only the message sent
    /// last is kept, whichever came first: nodes that exchange what they hold end up with the same one.
    ///
    /// - Throws: ``StorageError/full`` when there is no room for all of them. The store is then as it was before.
    func insert(_ messages: [StoredMessage]) async throws(StorageError) -> InsertReceipt

    /// Names what the store holds, in ascending order of hashes and without reading any data.
    ///
    /// - Parameters:
    ///   - hash: where to go on; `nil` begins with the first.
    ///   - limit: at most so many.
    func entries(after hash: MessageHash?, limit: Int) async throws(StorageError) -> [StoredEntry]

    /// The messages with these hashes in the order asked for; those that are not here are left out.
    func messages(named hashes: [MessageHash]) async throws(StorageError) -> [StoredMessage]

    /// Forgets messages that were handed over, all in one transaction. One whose expiry was raised since it was named
    /// stays: what was handed over is not what is here.
    ///
    /// - Parameter condition: asked when this call's turn has come, after every call before it and before every later
    ///   one. Nothing is forgotten if it says no.
    /// - Returns: how many were forgotten.
    func remove(_ entries: [StoredEntry], if condition: @Sendable () -> Bool) async throws(StorageError) -> Int

    /// Releases the file. Calling it again does nothing; every other call then throws ``StorageError/closed``.
    func close() async
}

extension MessageStore {
    /// The message of this name, whose ever it is and whatever its expiry; `nil` if there is none.
    public func message(_ hash: MessageHash) async throws(StorageError) -> StoredMessage? {
        try await messages(named: [hash]).first
    }
}
