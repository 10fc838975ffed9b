import Ledger
import SessionCrypto
import SessionProtocol
import Swarms
import Testing

@Suite struct RegistrationTests {
    private static let node = NodeKeys(networkSeed: 7, name: "sn1")
    private static let wallet = TestNetwork.wallet
    private static let second = WalletKeys(networkSeed: 7, name: "second")

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let transaction: RegistrationTransaction
        let reason: RegistrationRefusal.Reason
    }

    private static func made(
        stake: Amount = .coins(18_550), reserved: Amount? = nil, others: [RegistrationTransaction.Spot] = [],
        fee: UInt64 = 0, by operatorWallet: WalletKeys = wallet,
        change: (inout RegistrationTransaction) -> Void = { _ in }
    ) -> RegistrationTransaction {
        var transaction = RegistrationTransaction(
            node: node.legacy, operator: operatorWallet, stake: stake, reserved: reserved, others: others,
            feeBasisPoints: fee)
        change(&transaction)
        return transaction
    }

    static let refusals: [Refused] = [
        Refused(
            testDescription: "another hard fork",
            transaction: made { $0.hardfork = 18 }, reason: .wrongHardfork(named: 18, required: 19)),
        Refused(
            testDescription: "no spot", transaction: made { $0.spots = [] }, reason: .spotCount(0, allowed: 1...10)),
        Refused(
            testDescription: "eleven spots",
            transaction: made(
                reserved: .coins(5_000),
                others: (0..<10).map {
                    .init(address: WalletKeys(networkSeed: 7, name: "\($0)").address, amount: .coins(1_400))
                }),
            reason: .spotCount(11, allowed: 1...10)),
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
            testDescription: "more reserved than required",
            transaction: made(reserved: .coins(18_000), others: [.init(address: second.address, amount: .coins(551))]),
            reason: .reservedTooMuch(spot: 1, amount: .coins(551), room: .coins(550))),
        Refused(
            testDescription: "a fee above all", transaction: made(fee: 10_001),
            reason: .feeTooHigh(basisPoints: 10_001, maximum: 10_000)),
        Refused(
            testDescription: "terms changed after the node signed", transaction: made { $0.feeBasisPoints = 5 },
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
            transaction: made(stake: Amount(atomic: 18_735_500_000_001), reserved: .coins(18_550)),
            reason: .stakeTooLarge(
                stake: Amount(atomic: 18_735_500_000_001), maximum: Amount(atomic: 18_735_500_000_000))),
        Refused(
            testDescription: "an operator in two spots",
            transaction: made(
                stake: .coins(10_000), others: [.init(address: wallet.address, amount: .coins(5_000))]),
            reason: .repeatedAddress(wallet.address)),
        Refused(
            testDescription: "a stake changed after the funder signed", transaction: made { $0.nonce = 9 },
            reason: .badFunderSignature),
        Refused(
            testDescription: "a wallet nobody knows", transaction: made(by: second),
            reason: .unknownWallet(second.address)),
    ]

    @Test("A registration that breaks a rule is refused by that rule, and changes nothing", arguments: refusals)
    func refusal(_ refused: Refused) {
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 1))
        let before = chain.state
        #expect(throws: RegistrationRefusal(node: Self.node.legacy.publicKey, reason: refused.reason)) {
            try chain.submit([refused.transaction])
        }
        chain.produceBlock(timestamp: 0)
        #expect(chain.state == before)
    }

    @Test("A wallet cannot stake more than it holds, counting what is still waiting for a block")
    func balance() throws {
        let keys = TestNetwork.keys(2)
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 1))
        try chain.submit([TestNetwork.registration(of: keys[0])])
        let reason = RegistrationRefusal.Reason.insufficientBalance(balance: .coins(1_000), stake: .coins(18_550))
        #expect(throws: RegistrationRefusal(node: keys[1].legacy.publicKey, reason: reason)) {
            try chain.submit([TestNetwork.registration(of: keys[1])])
        }
    }

    @Test("A node registers once, whether its first registration is in a block or waits for one")
    func duplicate() throws {
        let keys = TestNetwork.keys(1)[0]
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 3))
        try chain.submit([TestNetwork.registration(of: keys)])
        let refusal = RegistrationRefusal(node: keys.legacy.publicKey, reason: .alreadyRegistered)
        #expect(throws: refusal) { try chain.submit([TestNetwork.registration(of: keys, nonce: 1)]) }
        chain.produceBlock(timestamp: 0)
        #expect(throws: refusal) { try chain.submit([TestNetwork.registration(of: keys, nonce: 2)]) }
    }

    @Test("A batch with one bad registration registers nobody")
    func allOrNothing() throws {
        let keys = TestNetwork.keys(3)
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 3))
        var bad = TestNetwork.registration(of: keys[2])
        bad.nonce = 77
        #expect(throws: RegistrationRefusal.self) {
            try chain.submit(keys.prefix(2).map { TestNetwork.registration(of: $0) } + [bad])
        }
        #expect(chain.pending.isEmpty)
        #expect(chain.produceBlock(timestamp: 0).events.isEmpty)
    }

    @Test("An operator who stakes a part leaves the node partial: listed, inactive, without a swarm")
    func partial() throws {
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 1))
        try chain.submit([Self.made(stake: .coins(10_000))])
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
        try chain.submit([Self.made(stake: .coins(18_700), reserved: .coins(18_550))])
        chain.produceBlock(timestamp: 0)
        let entry = try #require(chain.state.nodes[Self.node.legacy.publicKey])
        #expect(entry.totalContributed == .coins(18_550) && entry.isActive)
        #expect(entry.totalLocked == .coins(18_700))
        #expect(chain.state.balances[Self.wallet.address] == .coins(850))
    }

    @Test("The node signs fee, spots and hard fork in the network's own layout")
    func signedBytes() {
        let transaction = Self.made(stake: Amount(atomic: 0x0102_0304_0506_0708), fee: 0x0201)
        let spend = Self.wallet.address.spend.bytes
        let view = Self.wallet.address.view.bytes
        #expect(
            transaction.signedBytes == [0x01, 0x02, 0, 0, 0, 0, 0, 0] + spend + view + [8, 7, 6, 5, 4, 3, 2, 1]
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
