import SessionProtocol

extension RPCMethod {
    /// `get_service_node_blacklisted_key_images` (ledger §6.8).
    static let serviceNodeBlacklist = RPCMethod("get_service_node_blacklisted_key_images") {
        (daemon, call) throws(RPCError) in
        let blacklist = daemon.view(for: call.caller).figures.blacklist.map { stake -> JSON in
            [
                "key_image": .string(Hex.encode(stake.keyImage)), "unlock_height": .uint(stake.unlockHeight),
                "amount": .uint(stake.amount.atomic),
            ]
        }
        return Answer(["blacklist": .array(blacklist), "status": "OK"])
    }
}
