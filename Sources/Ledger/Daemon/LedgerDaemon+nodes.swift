import NodeRuntime
import SessionCrypto
import SessionProtocol

/// What the daemons of adopted nodes are told, each by its own storage server.
extension LedgerDaemon {
    /// - Parameter caller: the key CURVE proved.
    /// - Returns: the node whose daemon this is for that caller; `nil` for strangers.
    func node(of caller: X25519PublicKey?) -> ServiceNodeDaemon? { caller.flatMap { daemons[$0] } }

    /// The node in whose name an admin call is made.
    func ownNode(of call: RPCCall) throws(RPCError) -> ServiceNodeDaemon {
        guard let daemon = node(of: call.caller) else {
            throw .wrongParameter(
                "no service node with X25519 key \(call.caller?.hex ?? "unknown") belongs to this ledger")
        }
        return daemon
    }

    /// Keeps a ping, so that its repetitions need not be read.
    func remember(_ ping: StorageServerPing, of call: RPCCall) {
        guard let caller = call.caller else { return }
        daemons[caller]?.remember(ping, sentAs: call.parts)
    }

    /// Takes a storage server's ping.
    /// - Returns: the reply's `status`.
    func receive(_ ping: StorageServerPing, caller: X25519PublicKey?) -> String {
        guard let caller else { return "OK" }
        let status = daemons[caller]?.receive(ping, at: now) ?? "OK"
        sendDueProof(of: caller)
        return status
    }

    /// Lets a node prove itself before its time.
    func triggerProof(of caller: X25519PublicKey?) {
        guard let caller else { return }
        daemons[caller]?.hurry()
        sendDueProof(of: caller)
    }

    /// Takes a router's ping.
    /// - Returns: the reply's `status`.
    func receive(_ ping: LokinetPing, caller: X25519PublicKey?) -> String {
        caller.flatMap { daemons[$0]?.receive(ping) } ?? "OK"
    }

    /// Takes what a node's own storage server or router found out about a peer.
    func report(_ subject: PeerReports.Subject, _ peer: LegacyPublicKey, passed: Bool, by caller: X25519PublicKey?) {
        guard let caller else { return }
        daemons[caller]?.reports.add(subject, peer, passed: passed, at: now)
    }
}
