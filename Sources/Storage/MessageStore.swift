import SessionProtocol

/// Where a node keeps its messages. Whatever a call returned successfully survives the end of the process.
public protocol MessageStore: Sendable {
    /// Keeps a message, or raises the expiry of the one with the same hash (storage-node §11, row "store").
    ///
    /// If it was deleted before, the later of the two holds: it comes back if it was stored after that (a client wants
    /// it again), and stays away otherwise (a copy of what was deleted was long on its way). The same goes for its
    /// expiry where that was set.
    ///
    /// In an outbox namespace the message also replaces every other one of that account and namespace, in the same
    /// transaction: either both happen or neither.
    ///
    /// - Throws: ``StorageError/full`` when there is no room. The store is then as it was before.
    func store(_ message: StoredMessage) async throws(StorageError) -> StoreReceipt

    /// When a message of this name counts as stored that a client hands in now: later than its deletion here, and than
    /// all that its owner asked for of it or of its mailbox, even if this node's clock is behind the one that was timed
    /// by.
    ///
    /// - Parameter now: milliseconds since 1970.
    /// - Returns: milliseconds since 1970, and `now` or later.
    func storingMoment(
        of hash: MessageHash, in namespace: Namespace, of account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int64

    /// The messages of one mailbox in the order of their arrival here (storage-node §3.6).
    ///
    /// - Parameter hash: return those that arrived after this one. If it is not in that mailbox (any more), the page
    ///   starts from the beginning.
    func retrieve(
        _ account: AccountID, _ namespace: Namespace, after hash: MessageHash?, limits: RetrieveLimits
    ) async throws(StorageError) -> MessagePage

    /// Forgets messages whose expiry is `now` or earlier. Nothing else looks at the expiry (storage-node §11). With them
    /// goes what is remembered of deleted messages that would have expired, and of what owners asked for that concerns
    /// no message any more. Of a message whose expiry was set that expiry is remembered, as other nodes may have an
    /// older one.
    ///
    /// - Parameter now: milliseconds since 1970.
    /// - Returns: how many messages were forgotten.
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
    /// Of a message whose hash is known the expiry holds that was set later; if both were set at the same moment, or
    /// never, the later one. Of an outbox mailbox only the message sent last is kept, whichever came first: nodes that
    /// exchange what they hold end up with the same one. A message that was deleted here after it was stored stays away,
    /// and so does one that expired here by an expiry set later.
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

    // MARK: What an account's owner asks for (storage-node §3.6)
    //
    // Each has a moment, and what was done later than that to the same thing stays as it is: the request was long on
    // its way. A call that concerns very many messages may be done in parts, with other calls' turns between them; it
    // returns when all of it is kept. If it throws, some of the parts may have been done.
    //
    // It holds for messages that are not here as well, until none of its time can be left: other nodes have them, and
    // may be away. How much of that is remembered has a limit (``OrderLimits``). These calls stay below half of it and
    // skip what would be more; ``remember(_:of:at:)`` takes all of it and fails rather than skip anything.

    /// When something counts as done that an owner asks for now: later than whatever was done to the same things here
    /// before, even if this node's clock is behind the one that was timed by.
    ///
    /// - Parameter now: milliseconds since 1970.
    /// - Returns: milliseconds since 1970, and `now` or later.
    func changingMoment(
        of target: ChangeTarget, account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int64

    /// Sees to it that a request which was run here before, at the same moment, will hold whichever node comes with the
    /// messages that it concerns, and for as long as any of them may live.
    ///
    /// - Parameter moment: milliseconds since 1970.
    /// - Throws: ``StorageError/full`` when that cannot be remembered of all of them.
    func remember(
        _ request: OwnersRequest, of account: AccountID, at moment: Int64
    ) async throws(StorageError)

    /// Deletes messages of an account, in whatever mailbox they lie, unless they were stored later.
    ///
    /// - Parameter moment: milliseconds since 1970.
    /// - Returns: those that were deleted, in the order of the request.
    func delete(
        _ hashes: [MessageHash], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> [MessageHash]

    /// Deletes all messages of one or every mailbox of an account but those stored later.
    ///
    /// - Parameters:
    ///   - limit: only those whose timestamp is this or earlier, in milliseconds since 1970; `nil` for all.
    ///   - moment: milliseconds since 1970.
    /// - Returns: what was deleted, by namespace and hash.
    func deleteAll(
        of account: AccountID, in mailboxes: MailboxSelection, sentUpTo limit: Int64?, at moment: Int64
    ) async throws(StorageError) -> [MessageName]

    /// Lowers every later expiry in one or every mailbox of an account, as far as it was set before.
    ///
    /// - Parameters:
    ///   - expiry: in milliseconds since 1970.
    ///   - moment: milliseconds since 1970.
    /// - Returns: the messages whose expiry was lowered, by namespace and hash.
    func shortenAll(
        of account: AccountID, in mailboxes: MailboxSelection, to expiry: Int64, at moment: Int64
    ) async throws(StorageError) -> [MessageName]

    /// Changes the expiry of single messages of an account, in whatever mailbox they lie. One that was set later stays;
    /// of two of the same moment the longer one holds, but of two in the same call the last.
    ///
    /// - Parameters:
    ///   - expiries: the messages and their new expiry, in milliseconds since 1970.
    ///   - moment: milliseconds since 1970.
    func expire(
        _ expiries: [(hash: MessageHash, expiry: Int64)], of account: AccountID, change: ExpiryChange, at moment: Int64
    ) async throws(StorageError) -> ExpiryReceipt

    /// When messages of an account expire, in milliseconds since 1970; those that are not here are left out.
    func expiries(
        of hashes: [MessageHash], account: AccountID
    ) async throws(StorageError) -> [MessageHash: Int64]

    // MARK: Subaccounts (storage-node §5)

    /// Revokes subaccount tokens of 36 bytes, unless they were allowed again later. The newest 50 of an account stay
    /// revoked, whether it has messages or not.
    ///
    /// - Parameter moment: milliseconds since 1970. A token revoked before takes the later time.
    func revoke(_ tokens: [Bytes], of account: AccountID, at moment: Int64) async throws(StorageError)

    /// Allows subaccount tokens again, unless they were revoked at the same moment or later.
    ///
    /// - Parameter moment: milliseconds since 1970.
    /// - Returns: how many of them were revoked and are not any more.
    func unrevoke(_ tokens: [Bytes], of account: AccountID, at moment: Int64) async throws(StorageError) -> Int

    /// Whether this very token is revoked for this account.
    func isRevoked(_ token: Bytes, of account: AccountID) async throws(StorageError) -> Bool

    // MARK: For other nodes and for the operator

    /// What was done to messages and subaccounts, in an order that every call keeps: by moment, then by kind, then by
    /// hash or by account and token.
    ///
    /// - Parameters:
    ///   - moment: nothing earlier, in milliseconds since 1970.
    ///   - last: go on after this one; `nil` begins at the moment.
    ///   - limit: at most so many.
    func changes(
        since moment: Int64, after last: StoredChange?, limit: Int
    ) async throws(StorageError) -> [StoredChange]

    /// Does what was done on another node wherever this node knows nothing later: all in one transaction, but for orders
    /// over mailboxes, which are done in parts.
    ///
    /// - An expiry holds for a message that is here if it was set later than the one in force, or at the same moment to
    ///   a later time.
    /// - A removal takes a message away that is here and was stored no later, and keeps it away.
    /// - A revocation or its end holds if it came later than what is known of the token.
    /// - An awaited expiry holds for its message if that is here, and waits for it otherwise.
    /// - An order over mailboxes holds for what is here and for what comes.
    ///
    /// What concerns only messages that are not here is skipped when too much of that is remembered.
    ///
    /// - Returns: how many of them changed something.
    func apply(_ changes: [StoredChange]) async throws(StorageError) -> Int

    /// What there is, and what room it takes (storage-node §12.6).
    func statistics() async throws(StorageError) -> StoreStatistics

    /// Everything the store really holds, in order of arrival: read from its file anew, past all that this store has in
    /// memory, as the next one that opens it would find it. Every page of the file and of its log is checked first.
    ///
    /// - Parameter record: what is wanted of a message.
    /// - Throws: ``StorageError/damaged(path:message:)`` when that is not what this store wrote: something in it cannot
    ///   be, or its files were changed, removed or replaced behind its back.
    func audit<Record: Sendable>(
        _ record: @Sendable (StoredMessage) -> Record
    ) async throws(StorageError) -> [Record]

    /// Releases the file. Calling it again does nothing; every other call then throws ``StorageError/closed``.
    func close() async
}

enum AuditLimits {
    /// So many messages are read at a time.
    static let page = 256
}

extension MessageStore {
    /// As ``audit(_:)`` for a store that has nothing in memory but what is kept.
    public func audit<Record: Sendable>(
        _ record: @Sendable (StoredMessage) -> Record
    ) async throws(StorageError) -> [Record] {
        var records: [Record] = []
        var row: Int64 = 0
        while true {
            let page = try await messages(afterRow: row, limit: AuditLimits.page)
            records += page.map { record($0.message) }
            guard let last = page.last, page.count == AuditLimits.page else { return records }
            row = last.row
        }
    }

    /// The message of this name, whose ever it is and whatever its expiry; `nil` if there is none.
    public func message(_ hash: MessageHash) async throws(StorageError) -> StoredMessage? {
        try await messages(named: [hash]).first
    }
}
