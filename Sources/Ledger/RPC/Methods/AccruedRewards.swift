import SessionProtocol

extension RPCMethod {
    /// `get_accrued_rewards` (ledger §6.8): what wallets have earned and not been paid yet. Without `addresses`, those
    /// of everyone who is owed something; where rewards are paid at once, nobody is.
    static let accruedRewards = RPCMethod("get_accrued_rewards") { (daemon, call) throws(RPCError) in
        let asked = try call.params().optional("addresses", \.asArray, "an array of wallet addresses")
        var accrued: [String: UInt64] = [:]
        for (wallet, amount) in daemon.chain.state.accrued {
            accrued[wallet.description] = amount / RewardBatch.milliPerAtomic
        }
        var balances: [String: JSON] = [:]
        if let asked {
            for value in asked {
                guard let address = value.asString else {
                    throw .wrongParameter("addresses must hold wallet addresses")
                }
                balances[address] = .uint(accrued[address] ?? 0)
            }
        } else {
            balances = accrued.mapValues { .uint($0) }
        }
        return Answer(["balances": .object(balances), "status": "OK"])
    }
}
