import SessionProtocol

extension RPCMethod {
    /// `get_service_node_blacklisted_key_images` (ledger §6.8). A node that is told of the chain late gets those of the
    /// top block: older lists are not kept.
    static let serviceNodeBlacklist = RPCMethod("get_service_node_blacklisted_key_images") {
        (daemon, call) throws(RPCError) in
        let blacklist = daemon.chain.state.blacklist.map { stake -> JSON in
            [
                "key_image": .string(Hex.encode(stake.keyImage)), "unlock_height": .uint(stake.unlockHeight),
                "amount": .uint(stake.amount.atomic),
            ]
        }
        return Answer(["blacklist": .array(blacklist), "status": "OK"])
    }
}
