import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// What the people with coins do.
extension Testnet {
    /// Hands transactions to the ledger, all of them or none. When blocks are made at need they are in one when this
    /// returns.
    /// - Throws: ``NetworkError/ledgerRefused(what:reason:)``, with the rule and the numbers.
    @discardableResult
    public func submit(_ transactions: [LedgerTransaction]) async throws -> LedgerReceipt {
        try await requireLedger().submit(transactions, naming: roll)
    }

    /// Puts a node of the network on the ledger. The treasury gives the operator what is missing of the stake.
    @discardableResult
    public func register(
        _ node: String, _ offer: RegistrationOffer = RegistrationOffer()
    ) async throws -> LedgerReceipt {
        try requireKnown([node])
        for name in [offer.wallet].compactMap({ $0 }) + offer.reserved.map(\.wallet) {
            try WalletBook.requireUsable(name)
        }
        guard let member = roll[node] else { throw NetworkError.unknownNode(name: node, known: names) }
        return try await submit(await registering([member], offer))
    }

    /// The transactions that put nodes on the ledger, with the coins their operators lack.
    func registering(
        _ members: [NodeMember], _ offer: RegistrationOffer = RegistrationOffer()
    ) async throws -> [LedgerTransaction] {
        let ledger = try requireLedger()
        let (height, time) = await ledger.next(clock)
        var funds = await ledger.funds()
        var transactions: [LedgerTransaction] = []
        for member in members {
            let registration = ledger.operators.registration(of: member, offer, height: height, time: time)
            let wallet = offer.wallet ?? WalletBook.operatorName(of: member.name)
            transactions += funds.spend(registration.stake, of: wallet)
            transactions.append(.registration(registration))
        }
        return transactions
    }

    /// Locks a wallet's coins for a registered node. The treasury gives the wallet what it lacks.
    /// - Parameter wallet: a name; a new one is a new wallet.
    @discardableResult
    public func stake(_ wallet: String, node: String, amount: Amount) async throws -> LedgerReceipt {
        let member = try requireMember(node)
        try WalletBook.requireUsable(wallet)
        let ledger = try requireLedger()
        let wallets = ledger.operators.wallets
        let stake = StakeTransaction(
            node: member.keys.legacy.publicKey, contributor: wallets.keys(wallet), amount: amount,
            nonce: wallets.nonce())
        var funds = await ledger.funds()
        return try await submit(funds.spend(amount, of: wallet) + [.stake(stake)])
    }

    /// Asks for a stake back; the node leaves the ledger after the unlock delay.
    /// - Parameter contributor: whose stake, by the wallet's name; `nil`: the node's operator.
    @discardableResult
    public func unlock(_ node: String, contributor: String? = nil) async throws -> LedgerReceipt {
        let member = try requireMember(node)
        let ledger = try requireLedger()
        let wallets = ledger.operators.wallets
        guard let entry = await ledger.entry(of: member) else { throw NetworkError.notRegistered(node: node) }
        let name = contributor ?? wallets.name(of: entry.operatorAddress) ?? WalletBook.operatorName(of: node)
        let owner = wallets.keys(name)
        guard let stake = entry.contributors.first(where: { $0.address == owner.address })?.stakes.first else {
            throw NetworkError.noStake(
                wallet: name, node: node, contributors: entry.contributors.map { wallets.name(of: $0.address) ?? "?" })
        }
        return try await submit([
            .unlock(
                UnlockTransaction(
                    node: entry.node, keyImage: stake.keyImage, owner: owner, nonce: wallets.nonce()))
        ])
    }

    /// Moves coins between wallets.
    /// - Parameters:
    ///   - from: a wallet that was used before.
    ///   - to: a name; a new one is a new wallet.
    @discardableResult
    public func transfer(from: String, to: String, amount: Amount) async throws -> LedgerReceipt {
        let wallets = try requireLedger().operators.wallets
        try wallets.requireKnown(from)
        try WalletBook.requireUsable(to)
        return try await submit([
            .transfer(
                TransferTransaction(
                    from: wallets.keys(from), to: wallets.keys(to).address, amount: amount, nonce: wallets.nonce()))
        ])
    }

    /// Someone who is or was a node: the ledger may know nodes that have left.
    func requireMember(_ node: String) throws(NetworkError) -> NodeMember {
        guard let member = roll[node] else { throw .unknownNode(name: node, known: names) }
        return member
    }
}
