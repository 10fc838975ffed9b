import SessionCrypto
import SessionProtocol

/// The ledger daemon of one service node: holds the node's keys and decides when a proof goes out (ledger §2.1).
struct ServiceNodeDaemon: Sendable {
    private struct Sign {
        var ping: StorageServerPing
        var at: Duration
    }

    let keys: NodeKeys
    private(set) var publicIP: IPv4Address
    let timing: ProofTiming
    /// Whether its storage server is told of the top block each time it subscribes.
    let isReminded: Bool
    /// What this node's own storage server found out about others.
    var reports = PeerReports()
    private var lastSign: Sign?
    /// Of the router beside the storage server; `nil` while there is none.
    private var routerVersion: [UInt16]?
    private var lastPing: (parts: [Bytes], ping: StorageServerPing)?
    private var lastProofAt: Duration?
    /// The next look sends a proof, however young the last one is.
    private var isOverdue = false

    init(keys: NodeKeys, publicIP: IPv4Address, timing: ProofTiming, isReminded: Bool = false) {
        self.isReminded = isReminded
        self.keys = keys
        self.publicIP = publicIP
        self.timing = timing
    }

    var node: LegacyPublicKey { keys.legacy.publicKey }

    /// The node is reached elsewhere from now on.
    mutating func move(to publicIP: IPv4Address) {
        guard publicIP != self.publicIP else { return }
        self.publicIP = publicIP
        isOverdue = true
    }

    /// - Returns: the last ping, if these parts say the same again; they need not be read then.
    func ping(repeatedBy parts: [Bytes]) -> StorageServerPing? { lastPing?.parts == parts ? lastPing?.ping : nil }

    /// Keeps a ping for its repetitions.
    mutating func remember(_ ping: StorageServerPing, sentAs parts: [Bytes]) { lastPing = (parts, ping) }

    /// Takes a ping.
    /// - Returns: the reply's `status`.
    mutating func receive(_ ping: StorageServerPing, at uptime: Duration) -> String {
        if let refusal = ping.refusal(expecting: keys.ed25519.publicKey) {
            if ping.error != nil { lastSign = nil }
            return refusal
        }
        let isFirst = lastSign.map { uptime - $0.at > timing.frequency } ?? true
        let hasMoved = lastSign.map { $0.ping.httpsPort != ping.httpsPort || $0.ping.omqPort != ping.omqPort }
        if isFirst || hasMoved == true { isOverdue = true }
        lastSign = Sign(ping: ping, at: uptime)
        return "OK"
    }

    /// Whether the storage server gave a sign of life lately: without one the daemon proves nothing, and neither do its
    /// tests of others mean anything.
    func isAwake(at uptime: Duration) -> Bool { lastSign.map { uptime - $0.at <= timing.frequency } ?? false }

    /// The next look sends a proof.
    mutating func hurry() { isOverdue = true }

    /// What was proved before counts no more; the next look sends a proof.
    mutating func proofsWereVoided() { lastProofAt = nil }

    /// The storage server, if it was heard of before, is up at this time too.
    mutating func wasHeard(at uptime: Duration) { lastSign?.at = uptime }

    /// Takes a router's ping.
    /// - Returns: the reply's `status`.
    mutating func receive(_ ping: LokinetPing) -> String {
        let refusal = ping.refusal(expecting: keys.ed25519.publicKey)
        if refusal == nil { routerVersion = ping.version } else if ping.error != nil { routerVersion = nil }
        return refusal ?? "OK"
    }

    /// - Returns: the proof to send now; `nil` while none is due or the storage server has been silent too long.
    func dueProof(at uptime: Duration) -> UptimeProof? {
        guard isAwake(at: uptime) else { return nil }
        let isDue = isOverdue || lastProofAt.map { uptime - $0 >= timing.due } ?? true
        guard isDue else { return nil }
        return live
    }

    /// What the node would prove now; `nil` while its storage server has not been heard of.
    var live: UptimeProof? {
        guard let ping = lastSign?.ping else { return nil }
        return UptimeProof(
            node: node, ed25519: keys.ed25519.publicKey, x25519: keys.x25519.publicKey, publicIP: publicIP,
            httpsPort: ping.httpsPort, omqPort: ping.omqPort, storageServerVersion: ping.version,
            routerVersion: routerVersion)
    }

    /// The network took the proof.
    mutating func proofWasAccepted(at uptime: Duration) {
        lastProofAt = uptime
        isOverdue = false
    }

    /// The node's entry is new, so nothing proved before counts for it.
    mutating func wasRegistered() { lastProofAt = nil }
}
