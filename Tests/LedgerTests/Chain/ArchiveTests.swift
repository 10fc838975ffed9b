import Ledger
import SessionCrypto
import SessionProtocol
import Testing

/// What a restarted ledger is made from.
@Suite struct ArchiveTests {
    /// One transaction of each kind and form.
    private static func transactions() throws -> [LedgerTransaction] {
        let ledgers = LedgerRules.Preset.allCases.map { TestLedger(TestLedger.rules($0)) }
        let registrations = ledgers.map {
            LedgerTransaction.registration(
                $0.registration(1, stake: .coins(50), others: [(1, .coins(40))], fee: 1_000, nonce: .max))
        }
        let votes = [0, 9].map {
            QuorumVote(validatorIndex: $0, reasons: [.uptime, .lokinet], signature: Bytes(repeating: 7, count: 64))
        }
        let changes = StateChange.Kind.allCases.flatMap { kind in
            [StateChange.Authority.quorum(workerIndex: 3, votes: votes), .operator(reasons: .storage)].map {
                LedgerTransaction.stateChange(
                    StateChange(node: TestLedger.key(1), change: kind, quorumHeight: 1 << 63, authority: $0))
            }
        }
        let name = try SessionName("alice")
        let account = try #require(AccountID([5] + TestLedger.address(0).spend.bytes))
        let record = NameRecord(of: account, named: name, chance: [1])
        return registrations + changes + [
            .stake(
                StakeTransaction(
                    node: TestLedger.key(1), contributor: TestLedger.wallets[2], amount: Amount(atomic: .max), nonce: 3)
            ),
            .unlock(
                UnlockTransaction(
                    node: TestLedger.key(1), keyImage: Bytes(repeating: 1, count: 32), owner: TestLedger.wallets[2])),
            .transfer(
                TransferTransaction(
                    from: TestLedger.wallets[0], to: TestLedger.address(1), amount: .coins(3), nonce: 0)),
            .name(
                NameRegistration(
                    name: NameHash(of: name), record: record, owner: TestLedger.wallets[0], burn: .coins(7))),
        ]
    }

    @Test("Every transaction is read as it was written, and no two share an id")
    func transactions() throws {
        let transactions = try Self.transactions()
        #expect(Set(transactions.map(\.kind)) == Set(LedgerTransaction.Kind.allCases))
        for transaction in transactions {
            #expect(try LedgerTransaction(decoding: transaction.encoded) == transaction)
        }
        #expect(Set(transactions.map(\.id)).count == transactions.count)
        let record = BlockRecord(height: 1 << 63, timestamp: -5, salt: .max, transactions: transactions)
        #expect(try BlockRecord(decoding: record.encoded) == record)
    }

    @Test("Bytes that lack a field or hold another type name that field; cut ones are refused, not trusted")
    func damage() throws {
        for transaction in try Self.transactions() {
            let fields = try #require(try Bencode(parsing: transaction.encoded).asDictionary)
            for name in fields.keys.sorted() {
                for wrong in [nil, Bencode.list([.integer(-1)])] {
                    var changed = fields
                    changed[name] = wrong
                    #expect(throws: ArchiveError.self, "\(transaction.kind) \(name)") {
                        try LedgerTransaction(decoding: Bencode.dictionary(changed).encoded)
                    }
                }
            }
            #expect(throws: ArchiveError.self) {
                try LedgerTransaction(decoding: Bytes(transaction.encoded.dropLast(1)))
            }
        }
        #expect(throws: ArchiveError(height: 8, reason: .unreadable(field: "salt"))) {
            try BlockRecord(decoding: Bytes("d6:heighti8e4:timei1e12:transactionslee".utf8))
        }
    }

    private static func played() throws -> LedgerChain {
        var ledger = TestLedger()
        for node in 1...12 { try ledger.register(node, by: node % 10) }
        try ledger.force(.decommission, 3)
        ledger.advance(30)
        try ledger.chain.reorganise(depth: 5, timestamp: 0)
        try ledger.unlock(5, by: 5)
        ledger.advance(20)
        return ledger.chain
    }

    @Test("A chain made from records has the same hashes and the same state, and goes on alike")
    func replay() throws {
        var chain = try Self.played()
        let records = try chain.blocks.dropFirst().map { try BlockRecord(decoding: $0.record.encoded) }
        var again = try LedgerChain.replay(genesis: chain.genesis, records: records)
        #expect(again.blocks == chain.blocks && again.state == chain.state && again.totals == chain.totals)
        try chain.reorganise(depth: 9, timestamp: 0)
        try again.reorganise(depth: 9, timestamp: 0)
        chain.produceBlock(timestamp: 1)
        again.produceBlock(timestamp: 1)
        #expect(again.blocks == chain.blocks && again.state == chain.state)
    }

    @Test("Records that are no chain are refused with the block and the reason")
    func refusals() throws {
        let chain = try Self.played()
        let records = chain.blocks.dropFirst().map(\.record)
        func reason(_ change: (inout [BlockRecord]) -> Void) -> ArchiveError? {
            var changed = records
            change(&changed)
            do throws(ArchiveError) {
                _ = try LedgerChain.replay(genesis: chain.genesis, records: changed)
                return nil
            } catch { return error }
        }
        #expect(reason { _ in } == nil)
        #expect(reason { $0.remove(at: 3) } == ArchiveError(height: 5, reason: .gap(expected: 4)))
        #expect(
            reason { $0[4].timestamp = 1 } == ArchiveError(height: 5, reason: .timeRunsBack(from: 480, to: 1)))
        let twice = reason { $0[1].transactions += $0[1].transactions }
        let refusal = TransactionRefusal(
            kind: .registration, node: TestLedger.key(2), reason: .alreadyRegistered(height: 2))
        #expect(twice == ArchiveError(height: 2, reason: .refused(refusal)))
    }
}
