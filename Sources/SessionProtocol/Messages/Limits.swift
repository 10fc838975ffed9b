/// Sizes and times every party must agree on (storage-node §3.4, §12).
public enum Limits {
    /// A message's data, decoded.
    public static let messageBytes = 76_800
    /// The same, in base64 characters.
    public static let messageBase64Characters = 102_400
    /// An HTTPS body, and one frame of a message-queue message.
    public static let requestBytes = 10_485_760
    /// JSON or bencode values in one client's request, those inside others included: so many messages, or half as many with
    /// an expiry each. The reference has no such limit but the length of a request, which holds 225,000 hashes.
    public static let requestValues = 10_000
    /// The same for an onion's control, which needs half a dozen and may name headers.
    static let onionValues = 1_000
    /// Requests in one batch or sequence.
    public static let batchRequests = 20
    /// Subaccounts that one request may revoke, and that are kept as revoked for one account.
    public static let revokedSubaccounts = 50
    /// What one retrieve may return, counted as the reference counts it.
    public static let retrieveBytes = 7_800_000

    public static let shortestTTL: Int64 = 10_000
    /// 14 days: namespaces anyone may write to.
    public static let longestPublicTTL: Int64 = 14 * 86_400_000
    /// 30 days: namespaces that need a signature.
    public static let longestPrivateTTL: Int64 = 30 * 86_400_000
    /// How far a message's time may lie ahead of the node's, and its expiry behind, in milliseconds.
    public static let storeClockTolerance: Int64 = 10_000
    /// How far a signature's time may lie from the node's, in milliseconds.
    public static let signatureTolerance: Int64 = 60_000
    /// The same for a copy from a swarm peer, which spent some time on its way; not every method grants it.
    public static let copiedSignatureTolerance: Int64 = 70_000
    /// An onion may pass this many hops.
    public static let onionHops = 15
}
