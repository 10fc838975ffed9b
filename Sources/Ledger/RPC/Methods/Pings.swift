import SessionProtocol

extension RPCMethod {
    /// `storage_server_ping` (ledger §6.5).
    static let storageServerPing = RPCMethod("storage_server_ping", access: .ownNode) {
        (daemon, call) throws(RPCError) in
        // A node sends the same ping every 30 s.
        if let ping = daemon.node(of: call.caller)?.ping(repeatedBy: call.parts) {
            return .status(daemon.receive(ping, caller: call.caller))
        }
        let params = try call.params()
        _ = try daemon.ownNode(of: call)
        let ping = try StorageServerPing(params: params)
        daemon.remember(ping, of: call)
        return .status(daemon.receive(ping, caller: call.caller))
    }

    /// `lokinet_ping` (ledger §6.5). No node here needs a router, so it only changes what is told about the node.
    static let lokinetPing = RPCMethod("lokinet_ping", access: .ownNode) { (daemon, call) throws(RPCError) in
        let params = try call.params()
        _ = try daemon.ownNode(of: call)
        return .status(daemon.receive(try LokinetPing(params: params), caller: call.caller))
    }
}

extension RPCMethod.Answer {
    /// Nothing to complain about.
    static let accepted = RPCMethod.Answer(["status": "OK"])

    fileprivate static func status(_ status: String) -> RPCMethod.Answer {
        status == "OK" ? accepted : RPCMethod.Answer(["status": .string(status)])
    }
}
