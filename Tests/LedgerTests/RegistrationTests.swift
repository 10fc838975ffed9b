import Ledger
import ManualTime
import SessionCrypto
import SessionProtocol
import Swarms
import Testing

@Suite struct RegistrationTests {
    private static let node = NodeKeys(networkSeed: 7, name: "sn1")
    private static let wallet = TestNetwork.wallet
    private static let second = WalletKeys(networkSeed: 7, name: "second")
    private static let now = TestClock.epoch / 1_000
    /// Spots are amounts and there are ten of them, at the paper's stake.
    private static let amounts = {
        var rules = LedgerRules.oxen
        rules.requirement = .flat(.coins(18_550))
        return rules
    }()

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let transaction: RegistrationTransaction
        let reason: TransactionRefusal.Reason
        var rules = RegistrationTests.amounts
    }

    private static func made(
        stake: Amount = .coins(18_550), reserved: Amount? = nil,
        others: [RegistrationTransaction.Reservation] = [],
        fee: UInt64 = 0, by operatorWallet: WalletKeys = wallet, rules: LedgerRules = amounts,
        change: (inout RegistrationTransaction) -> Void = { _ in }
    ) -> RegistrationTransaction {
        var transaction = RegistrationTransaction(
            node: node.legacy, operator: operatorWallet, stake: stake, reserved: reserved, others: others,
            feeBasisPoints: fee, rules: rules, signedAt: now)
        change(&transaction)
        return transaction
    }

    private static func others(_ count: Int, of amount: Amount) -> [RegistrationTransaction.Reservation] {
        (0..<count).map { .init(address: WalletKeys(networkSeed: 7, name: "\($0)").address, amount: amount) }
    }

    static let refusals: [Refused] = [
        Refused(
            testDescription: "another hard fork",
            transaction: made { $0.validity = .hardfork(18) }, reason: .wrongHardfork(named: 18, required: 19)),
        Refused(
            testDescription: "portions from hard fork 19 on",
            transaction: made(rules: .whitepaper2020), reason: .wrongForm(.portions, required: .amounts)),
        Refused(
            testDescription: "amounts before hard fork 19",
            transaction: made(), reason: .wrongForm(.amounts, required: .portions), rules: .whitepaper2020),
        Refused(
            testDescription: "no spot", transaction: made { $0.spots = [] }, reason: .spotCount(0, allowed: 1...10)),
        Refused(
            testDescription: "eleven spots",
            transaction: made(reserved: .coins(5_000), others: others(10, of: .coins(1_400))),
            reason: .spotCount(11, allowed: 1...10)),
        Refused(
            testDescription: "five spots of portions",
            transaction: made(
                reserved: .coins(5_000), others: others(4, of: .coins(3_000)), rules: .whitepaper2020),
            reason: .spotCount(5, allowed: 1...4), rules: .whitepaper2020),
        Refused(
            testDescription: "an operator one unit below a quarter",
            transaction: made(stake: Amount(atomic: 4_637_499_999_999)),
            reason: .spotTooSmall(
                spot: 0, amount: Amount(atomic: 4_637_499_999_999), minimum: Amount(atomic: 4_637_500_000_000))),
        Refused(
            testDescription: "a second spot below a ninth of the rest",
            transaction: made(reserved: .coins(9_550), others: [.init(address: second.address, amount: .coins(999))]),
            reason: .spotTooSmall(spot: 1, amount: .coins(999), minimum: .coins(1_000))),
        Refused(
            testDescription: "a second spot of portions below a third of the rest",
            transaction: made(
                reserved: .coins(9_550), others: [.init(address: second.address, amount: .coins(2_999))],
                rules: .whitepaper2020),
            reason: .spotTooSmall(
                spot: 1, amount: .coins(2_999), minimum: Amount(atomic: 2_999_999_999_999)), rules: .whitepaper2020),
        Refused(
            testDescription: "more reserved than required",
            transaction: made(reserved: .coins(18_000), others: [.init(address: second.address, amount: .coins(551))]),
            reason: .reservedTooMuch(spot: 1, amount: .coins(551), room: .coins(550))),
        Refused(
            testDescription: "a fee above all", transaction: made(fee: 10_001),
            reason: .feeTooHigh(10_001, maximum: 10_000)),
        Refused(
            testDescription: "a fee above all portions", transaction: made(fee: 10_001, rules: .whitepaper2020),
            reason: .feeTooHigh(.max, maximum: .max - 3), rules: .whitepaper2020),
        Refused(
            testDescription: "one whose time is over",
            transaction: made(rules: .whitepaper2020) { $0.validity = .expires(now - 1) },
            reason: .expired(at: now - 1, blockTime: now), rules: .whitepaper2020),
        Refused(
            testDescription: "terms changed after the node signed", transaction: made { $0.fee = 5 },
            reason: .badNodeSignature),
        Refused(
            testDescription: "another node's signature",
            transaction: made { $0.sign(node: NodeKeys(networkSeed: 7, name: "sn2").legacy, funder: wallet) },
            reason: .badNodeSignature),
        Refused(
            testDescription: "a funder who is not the operator",
            transaction: made {
                $0.funder = second.address
                $0.sign(node: node.legacy, funder: second)
            }, reason: .notFundedByOperator(funder: second.address)),
        Refused(
            testDescription: "a stake below the operator's own spot",
            transaction: made(stake: .coins(18_549), reserved: .coins(18_550)),
            reason: .stakeBelowReservation(stake: .coins(18_549), reserved: .coins(18_550))),
        Refused(
            testDescription: "a stake one unit above 101 %",
            transaction: made(stake: Amount(atomic: 18_735_500_000_001)),
            reason: .stakeTooLarge(
                stake: Amount(atomic: 18_735_500_000_001), maximum: Amount(atomic: 18_735_500_000_000))),
        Refused(
            testDescription: "an operator in two spots",
            transaction: made(
                stake: .coins(10_000), others: [.init(address: wallet.address, amount: .coins(5_000))]),
            reason: .repeatedAddress(wallet.address)),
        Refused(
            testDescription: "a stake changed after the funder signed", transaction: made { $0.nonce = 9 },
            reason: .badSignature(by: wallet.address)),
        Refused(
            testDescription: "a wallet nobody knows", transaction: made(by: second),
            reason: .unknownWallet(second.address)),
    ]

    @Test("A registration that breaks a rule is refused by that rule, and changes nothing", arguments: refusals)
    func refusal(_ refused: Refused) {
        var genesis = TestNetwork.genesis(for: 1)
        genesis.rules = refused.rules
        var chain = LedgerChain(genesis: genesis)
        let before = chain.state
        let refusal = TransactionRefusal(
            kind: .registration, node: Self.node.legacy.publicKey, reason: refused.reason)
        #expect(throws: refusal) { try chain.submit([.registration(refused.transaction)]) }
        chain.produceBlock(timestamp: 0)
        #expect(chain.state == before)
    }

    @Test("A wallet cannot stake more than it holds, counting what is still waiting for a block")
    func balance() throws {
        let keys = TestNetwork.keys(2)
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 1))
        try chain.submit([TestNetwork.registration(of: keys[0])])
        let reason = TransactionRefusal.Reason.insufficientBalance(balance: .coins(1_000), needed: .coins(18_550))
        #expect(
            throws: TransactionRefusal(kind: .registration, node: keys[1].legacy.publicKey, reason: reason)
        ) { try chain.submit([TestNetwork.registration(of: keys[1])]) }
    }

    @Test("A node registers once, whether its first registration is in a block or waits for one")
    func duplicate() throws {
        let keys = TestNetwork.keys(1)[0]
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 3))
        try chain.submit([TestNetwork.registration(of: keys)])
        let refusal = TransactionRefusal(
            kind: .registration, node: keys.legacy.publicKey, reason: .alreadyRegistered(height: 1))
        #expect(throws: refusal) { try chain.submit([TestNetwork.registration(of: keys, nonce: 1)]) }
        chain.produceBlock(timestamp: 0)
        #expect(throws: refusal) { try chain.submit([TestNetwork.registration(of: keys, nonce: 2)]) }
    }

    @Test("A batch with one bad registration registers nobody")
    func allOrNothing() throws {
        let keys = TestNetwork.keys(3)
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 3))
        let twice = TestNetwork.registration(of: keys[0], nonce: 77)
        #expect(throws: TransactionRefusal.self) {
            try chain.submit(keys.prefix(2).map { TestNetwork.registration(of: $0) } + [twice])
        }
        #expect(chain.pending.isEmpty)
        #expect(chain.produceBlock(timestamp: 0).events.isEmpty)
    }

    @Test("An operator who stakes a part leaves the node partial: listed, inactive, without a swarm")
    func partial() throws {
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 1))
        try chain.submit([.registration(Self.made(stake: .coins(10_000), rules: .whitepaper2020))])
        #expect(
            chain.produceBlock(timestamp: 0).events == [
                .registered(node: Self.node.legacy.publicKey, stake: .coins(10_000))
            ])
        let entry = try #require(chain.state.nodes[Self.node.legacy.publicKey])
        #expect(!entry.isFunded && !entry.isActive && entry.swarm == .unassigned)
        #expect(chain.state.swarms.swarms.isEmpty)
    }

    @Test("Of a stake above the requirement all is locked and the requirement counts")
    func overContribution() throws {
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 1))
        try chain.submit([.registration(Self.made(stake: .coins(18_700), rules: .whitepaper2020))])
        chain.produceBlock(timestamp: 0)
        let entry = try #require(chain.state.nodes[Self.node.legacy.publicKey])
        #expect(entry.totalContributed == .coins(18_550) && entry.isActive)
        #expect(entry.totalLocked == .coins(18_700))
        #expect(chain.state.balances[Self.wallet.address] == .coins(850))
    }

    @Test("The node signs fee, spots and hard fork in the network's own layout")
    func signedBytes() {
        let transaction = Self.made(stake: Amount(atomic: 0x0000_0304_0506_0708), fee: 0x0201)
        let spend = Self.wallet.address.spend.bytes
        let view = Self.wallet.address.view.bytes
        #expect(
            transaction.signedBytes == [0x01, 0x02, 0, 0, 0, 0, 0, 0] + spend + view + [8, 7, 6, 5, 4, 3, 0, 0]
                + [19, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("A wallet's printed forms show no secret")
    func printing() {
        var dumped = ""
        dump(Self.wallet, to: &dumped)
        #expect(!dumped.contains("secret") && !dumped.contains("KeyPair"))
        #expect("\(Self.wallet)" == "wallet \(Self.wallet.address)")
    }
}
