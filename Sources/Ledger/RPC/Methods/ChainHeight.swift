import SessionProtocol

extension RPCMethod {
    /// `get_height` (ledger §6.4): one more than the top block's height.
    static let height = RPCMethod("get_height") { (daemon, call) throws(RPCError) in
        Answer(["height": .uint(daemon.view(for: call.caller).blockCount)])
    }

    /// `get_block_count` (ledger §6.4).
    static let blockCount = RPCMethod("get_block_count") { (daemon, call) throws(RPCError) in
        Answer(["count": .uint(daemon.view(for: call.caller).blockCount), "status": "OK"])
    }
}
