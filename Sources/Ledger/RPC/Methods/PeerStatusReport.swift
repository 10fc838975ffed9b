import SessionProtocol

extension RPCMethod {
    /// `report_peer_status` (ledger §6.6): what a node's storage server or router found out about a peer.
    static let reportPeerStatus = RPCMethod(
        "report_peer_status", aliases: ["report_peer_storage_server_status"], access: .ownNode
    ) { (daemon, call) throws(RPCError) in
        let params = try call.params()
        guard let node = params["pubkey"]?.asString.flatMap({ LegacyPublicKey(hex: $0) }) else {
            throw .wrongParameter("pubkey must be 64 hex digits")
        }
        guard let subject = params["type"]?.asString.flatMap({ PeerReports.Subject(name: $0) }) else {
            throw .wrongParameter("type must be storage, lokinet or reachability")
        }
        guard let passed = params["passed"]?.asBool else { throw .wrongParameter("passed must be true or false") }
        let isRegistered = daemon.view(for: call.caller).entry(of: node) != nil
        guard isRegistered else { throw .wrongParameter("node \(node) is not registered") }
        daemon.report(subject, node, passed: passed, by: call.caller)
        return .accepted
    }
}

extension PeerReports.Subject {
    /// - Parameter name: `reachability` is an old name of `storage`.
    fileprivate init?(name: String) { self.init(rawValue: name == "reachability" ? "storage" : name) }
}
