import NodeRuntime
import SessionCrypto
import SessionProtocol

extension LedgerDaemon {
    private static let accepted = JSON.object(["status": "OK"]).utf8

    /// Answers as the daemon of the node whose key the caller holds.
    /// - Returns: the result, encoded.
    func administer(_ method: AdminMethod, _ call: OMQCall) throws(RPCError) -> Bytes {
        let caller = call.caller.publicKey
        // A node sends the same ping every 30 s.
        if method == .storageServerPing, let ping = daemons[caller]?.ping(repeatedBy: call.parts) {
            return receive(ping, caller: caller)
        }
        let params = try Self.params(of: call)
        guard let daemon = daemons[caller] else {
            throw .wrongParameter("no service node with X25519 key \(caller) belongs to this ledger")
        }
        switch method {
        case .servicePrivateKeys: return daemon.privateKeys.utf8
        case .storageServerPing:
            let ping = try StorageServerPing(params: params)
            daemons[caller]?.remember(ping, sentAs: call.parts)
            return receive(ping, caller: caller)
        case .reportPeerStatus: return try receiveReport(params, caller: caller)
        }
    }

    private func receive(_ ping: StorageServerPing, caller: X25519PublicKey) -> Bytes {
        let status = daemons[caller]?.receive(ping, at: environment.clock.uptime) ?? "OK"
        sendDueProof(of: caller)
        return status == "OK" ? Self.accepted : JSON.object(["status": .string(status)]).utf8
    }

    private func receiveReport(_ params: [String: JSON], caller: X25519PublicKey) throws(RPCError) -> Bytes {
        guard let node = params["pubkey"]?.asString.flatMap({ LegacyPublicKey(hex: $0) }) else {
            throw .wrongParameter("pubkey must be 64 hex digits")
        }
        guard let subject = params["type"]?.asString.flatMap({ PeerReports.Subject(name: $0) }) else {
            throw .wrongParameter("type must be storage, lokinet or reachability")
        }
        guard let passed = params["passed"]?.asBool else { throw .wrongParameter("passed must be true or false") }
        guard chain.state.nodes[node] != nil else { throw .wrongParameter("node \(node) is not registered") }
        daemons[caller]?.reports.add(subject, node, passed: passed, at: environment.clock.uptime)
        return Self.accepted
    }
}

extension PeerReports.Subject {
    /// - Parameter name: `reachability` is an old name of `storage`.
    fileprivate init?(name: String) { self.init(rawValue: name == "reachability" ? "storage" : name) }
}

extension ServiceNodeDaemon {
    /// All three secrets, for the node's own storage server (storage-node §10.1).
    fileprivate var privateKeys: JSON {
        [
            "service_node_privkey": .string(Hex.encode(keys.legacy.scalar)),
            "service_node_ed25519_privkey": .string(Hex.encode(keys.ed25519.secretKey)),
            "service_node_x25519_privkey": .string(Hex.encode(keys.x25519.secretKey)),
        ]
    }
}
