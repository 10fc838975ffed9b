/// What a node signs in its entry of a reply, so that a client knows what became of its request on every member of the
/// swarm (storage-node §3.6). All parts are ASCII, with nothing between them.
public enum SignedEntry {
    public static func store(_ hash: MessageHash) -> Bytes { Bytes(hash.text.utf8) }

    /// - Parameters:
    ///   - requested: in the order of the request.
    ///   - deleted: those of them that were there, ascending.
    public static func delete(_ account: AccountID, requested: [MessageHash], deleted: [MessageHash]) -> Bytes {
        Bytes("\(account.hex)\(requested.signedText)\(deleted.signedText)".utf8)
    }

    /// `delete_all`, `delete_before` and `expire_all`.
    ///
    /// - Parameters:
    ///   - time: the request's `timestamp`, `before` or `expiry`.
    ///   - affected: deleted or updated messages of all namespaces together, ascending.
    public static func mailboxes(_ account: AccountID, _ time: Int64, _ affected: [MessageHash]) -> Bytes {
        Bytes("\(account.hex)\(time)\(affected.signedText)".utf8)
    }

    /// - Parameters:
    ///   - expiries: in milliseconds since the epoch, as the node capped them: the one of the request, or if it has one
    ///     a message, those of `updated`.
    ///   - requested: in the order of the request.
    ///   - updated: ascending.
    ///   - unchanged: ascending, each with the expiry it keeps.
    public static func expire(
        _ account: AccountID, _ expiries: [Int64], requested: [MessageHash], updated: [MessageHash],
        unchanged: [(hash: MessageHash, expiry: Int64)]
    ) -> Bytes {
        let kept = unchanged.map { "\($0.hash)\($0.expiry)" }.joined()
        let times = expiries.map(String.init).joined()
        return Bytes("\(account.hex)\(times)\(requested.signedText)\(updated.signedText)\(kept)".utf8)
    }
}

extension [MessageHash] {
    /// The hashes as they enter signed texts, in the order given.
    var signedText: String { map(\.text).joined() }
}
