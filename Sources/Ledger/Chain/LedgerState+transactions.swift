import SessionCrypto
import SessionProtocol

extension LedgerState {
    /// Applies one transaction, or refuses it and changes nothing.
    /// - Returns: what happened, in order.
    mutating func apply(
        _ transaction: LedgerTransaction, id: Bytes, _ context: TransactionContext
    ) throws(TransactionRefusal) -> [LedgerEvent] {
        let entry = transaction.node.flatMap { nodes[$0] }
        if case .registration = transaction, let entry {
            throw TransactionRefusal(transaction, .alreadyRegistered(height: entry.registrationHeight))
        }
        if let height = included[id] {
            throw TransactionRefusal(transaction, .alreadyIncluded(transaction: id, height: height))
        }
        do throws(RuleBroken) {
            switch transaction {
            case .registration(let registration): return try apply(registration, context)
            case .stake(let stake): return try apply(stake, context)
            case .unlock(let unlock): return try apply(unlock, context)
            case .transfer(let transfer): return try apply(transfer)
            case .stateChange(let change): return try apply(change, context)
            case .name(let name): return try apply(name, context)
            }
        } catch {
            throw TransactionRefusal(transaction, error.reason)
        }
    }

    /// Coins a wallet can spend now.
    func balance(of wallet: WalletAddress, atLeast needed: Amount) throws(RuleBroken) -> Amount {
        guard let balance = balances[wallet] else { throw RuleBroken(.unknownWallet(wallet)) }
        guard balance >= needed else { throw RuleBroken(.insufficientBalance(balance: balance, needed: needed)) }
        return balance
    }

    private mutating func apply(_ transfer: TransferTransaction) throws(RuleBroken) -> [LedgerEvent] {
        guard transfer.amount > .zero, transfer.from != transfer.to else { throw RuleBroken(.nothingToTransfer) }
        guard transfer.from.spend.verifies(transfer.signature, of: transfer.authorisedBytes) else {
            throw RuleBroken(.badSignature(by: transfer.from))
        }
        let balance = try balance(of: transfer.from, atLeast: transfer.amount)
        balances[transfer.from] = balance - transfer.amount
        balances[transfer.to] = (balances[transfer.to] ?? .zero) + transfer.amount
        return [.transferred(from: transfer.from, to: transfer.to, amount: transfer.amount)]
    }

    private mutating func apply(
        _ name: NameRegistration, _ context: TransactionContext
    ) throws(RuleBroken) -> [LedgerEvent] {
        var names = figures.names
        do throws(NameRefusal) {
            try names.apply(name, hardfork: context.rules.form.hardfork, height: context.height)
        } catch {
            throw RuleBroken(.name(error))
        }
        let balance = try balance(of: name.owner, atLeast: name.burn)
        figures.names = names
        balances[name.owner] = balance - name.burn
        figures.burnt = figures.burnt + name.burn
        return [.nameRegistered(hash: name.name.bytes, burnt: name.burn)]
    }
}

/// A refusal that does not know yet which transaction it is about.
struct RuleBroken: Error {
    let reason: TransactionRefusal.Reason

    init(_ reason: TransactionRefusal.Reason) { self.reason = reason }
}
