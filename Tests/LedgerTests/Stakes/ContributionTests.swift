import Ledger
import SessionCrypto
import SessionProtocol
import Testing

/// Stakes beside the operator's (ledger §1.4, §1.5).
@Suite struct ContributionTests {
    private typealias Reason = TransactionRefusal.Reason

    /// What a stake meets on a node of 100 coins.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var preset = LedgerRules.Preset.oxen
        /// The operator's spot and stake.
        var operatorCoins: UInt64 = 50
        /// Spots for wallets 1, 2, …
        var reserved: [UInt64] = []
        /// Stakes that are there already.
        var before: [(wallet: Int, amount: Amount)] = []
        /// Wallet 1 unless another is named.
        var wallet = 1
        let amount: Amount
        /// `nil`: accepted.
        let reason: TransactionRefusal.Reason?
    }

    private static func thirds(_ coins: UInt64, _ parts: UInt64) -> Amount {
        Amount(atomic: coins * 1_000_000_000 / parts)
    }

    static let cases: [Case] = [
        Case(
            testDescription: "one coin on top of half, four spots", preset: .whitepaper2020, amount: .coins(1),
            reason: .stakeTooSmall(stake: .coins(1), minimum: thirds(50, 3))),
        Case(
            testDescription: "one coin on top of half, ten spots", amount: .coins(1),
            reason: .stakeTooSmall(stake: .coins(1), minimum: thirds(50, 9))),
        Case(
            testDescription: "a ninth of the rest with four spots", preset: .whitepaper2020, operatorCoins: 25,
            amount: thirds(75, 9), reason: .stakeTooSmall(stake: thirds(75, 9), minimum: .coins(25))),
        Case(
            testDescription: "a ninth of the rest with ten spots", operatorCoins: 25, amount: thirds(75, 9), reason: nil
        ),
        Case(
            testDescription: "one unit less than a ninth of the rest", operatorCoins: 25,
            amount: Amount(atomic: 8_333_333_332),
            reason: .stakeTooSmall(stake: Amount(atomic: 8_333_333_332), minimum: Amount(atomic: 8_333_333_333))),
        Case(
            testDescription: "half of the rest after two stakes", preset: .whitepaper2020,
            before: [(2, thirds(50, 3))], amount: Amount(atomic: 16_666_666_667), reason: nil),
        Case(
            testDescription: "one unit less than half of the rest after two stakes", preset: .whitepaper2020,
            before: [(2, .coins(20))], amount: Amount(atomic: 14_999_999_999),
            reason: .stakeTooSmall(stake: Amount(atomic: 14_999_999_999), minimum: .coins(15))),
        Case(
            testDescription: "a last stake below a quarter", preset: .whitepaper2020,
            before: [(2, Amount(atomic: 16_700_000_000)), (3, Amount(atomic: 16_700_000_000))],
            amount: Amount(atomic: 16_600_000_000), reason: nil),
        Case(
            testDescription: "a fourth stake that leaves a rest nobody could fill", preset: .whitepaper2020,
            before: [(2, .coins(20)), (3, .coins(20))], amount: .coins(9),
            reason: .stakeTooSmall(stake: .coins(9), minimum: .coins(10))),
        Case(
            testDescription: "a part of a reserved spot", reserved: [30], amount: .coins(29),
            reason: .reservationNotFilled(stake: .coins(29), unfilled: .coins(30))),
        Case(testDescription: "a reserved spot in one go", reserved: [30], amount: .coins(30), reason: nil),
        Case(
            testDescription: "a stranger when all spots are taken or reserved", preset: .whitepaper2020,
            operatorCoins: 40, reserved: [20, 20, 20], wallet: 5, amount: .coins(20),
            reason: .noSlotLeft(stakes: 1, reserved: 3, maximum: 4)),
        Case(
            testDescription: "an operator's second stake when others' spots leave no slot", preset: .whitepaper2020,
            operatorCoins: 28, reserved: [24, 24, 24], wallet: 0, amount: .coins(1),
            reason: .noSlotLeft(stakes: 1, reserved: 3, maximum: 4)),
        Case(
            testDescription: "a stranger in what is not reserved", reserved: [30], wallet: 2, amount: .coins(20),
            reason: nil),
        Case(
            testDescription: "a stranger who wants what is reserved", reserved: [30], wallet: 2, amount: .coins(21),
            reason: .stakeTooLarge(stake: .coins(21), maximum: Amount(atomic: 20_200_000_000))),
        Case(
            testDescription: "one unit above 101 % of the room", amount: Amount(atomic: 50_500_000_001),
            reason: .stakeTooLarge(stake: Amount(atomic: 50_500_000_001), maximum: Amount(atomic: 50_500_000_000))),
        Case(testDescription: "101 % of the room", amount: Amount(atomic: 50_500_000_000), reason: nil),
        Case(
            testDescription: "101 % of a spot and what is free", reserved: [30],
            amount: Amount(atomic: 50_500_000_000), reason: nil),
        Case(
            testDescription: "a complete node", operatorCoins: 100, amount: .coins(1),
            reason: .alreadyFunded(requirement: .coins(100))),
        Case(
            testDescription: "more than the wallet holds", preset: .oxen, before: [], wallet: 11, amount: .coins(50),
            reason: .insufficientBalance(balance: .coins(49), needed: .coins(50))),
    ]

    @Test("A stake meets the rule of its minimum, its slot and its room", arguments: cases)
    func rules(_ tried: Case) throws {
        var balances = Dictionary(
            uniqueKeysWithValues: TestLedger.wallets.map { ($0.address, Amount.coins(1_000)) })
        balances[TestLedger.address(11)] = .coins(49)
        var ledger = TestLedger(TestLedger.rules(tried.preset), balances: balances)
        try ledger.register(
            1, stake: .coins(tried.operatorCoins),
            others: tried.reserved.enumerated().map { ($0 + 1, .coins($1)) })
        for stake in tried.before { try ledger.stake(stake.amount, in: 1, by: stake.wallet) }
        let before = ledger.chain.state
        let stake = StakeTransaction(
            node: TestLedger.key(1), contributor: TestLedger.wallets[tried.wallet], amount: tried.amount, nonce: 99)
        #expect(ledger.refusal(.stake(stake)) == tried.reason)
        ledger.advance()
        if tried.reason != nil, tried.operatorCoins < 100 {
            #expect(ledger.chain.state == before, "a refused stake changes nothing")
        }
    }

    @Test("A node that nobody registered takes no stake, and a stake takes its own wallet's signature")
    func strangers() throws {
        var ledger = TestLedger()
        var stake = StakeTransaction(
            node: TestLedger.key(1), contributor: TestLedger.wallets[1], amount: .coins(50), nonce: 1)
        #expect(ledger.refusal(.stake(stake)) == .notRegistered)
        try ledger.register(1, stake: .coins(50))
        stake.contributor = TestLedger.address(2)
        #expect(ledger.refusal(.stake(stake)) == .badSignature(by: TestLedger.address(2)))
    }

    @Test("An operator one unit below a quarter gets no node at all")
    func operatorMinimum() throws {
        for preset in LedgerRules.Preset.allCases {
            var ledger = TestLedger(TestLedger.rules(preset))
            let short = Amount(atomic: 24_999_999_999)
            let registration = ledger.registration(1, stake: short, nonce: 1)
            let reason = Reason.spotTooSmall(spot: 0, amount: short, minimum: .coins(25))
            #expect(ledger.refusal(.registration(registration)) == reason)
            #expect(ledger.entry(1) == nil)
        }
    }

    @Test("Of a stake above the room all is locked and the room counts; the last stake activates the node")
    func counting() throws {
        var ledger = TestLedger()
        try ledger.register(1, stake: .coins(50), others: [(1, .coins(20))])
        let excess = Amount(atomic: 30_300_000_000)
        try ledger.stake(excess, in: 1, by: 2)
        #expect(
            ledger.chain.top.events == [
                .contributed(node: TestLedger.key(1), wallet: TestLedger.address(2), amount: excess)
            ])
        var entry = try #require(ledger.entry(1))
        #expect(entry.contributors.map(\.amount) == [.coins(50), .zero, .coins(30)])
        #expect(entry.totalReserved == .coins(100) && entry.totalContributed == .coins(80) && !entry.isActive)
        #expect(ledger.balance(2) == .coins(1_000) - excess)
        try ledger.stake(.coins(20), in: 1, by: 1)
        entry = try #require(ledger.entry(1))
        #expect(entry.activity == .active(since: 3) && entry.swarm == SwarmID(0))
        #expect(ledger.chain.top.events.contains(.activated(node: TestLedger.key(1))))
        #expect(ledger.chain.top.events.contains(.swarmsAssigned))
        #expect(ledger.chain.totals.staked == .coins(100) + Amount(atomic: 300_000_000))
    }

    @Test("Every stake sends its node to the back of the queue, by its place in the block")
    func queue() throws {
        var ledger = TestLedger()
        try ledger.register(1, stake: .coins(50))
        #expect(ledger.entry(1)?.lastReward == QueuePosition(height: 1, index: 0))
        let transfer = TransferTransaction(
            from: TestLedger.wallets[5], to: TestLedger.address(6), amount: .coins(1), nonce: 1)
        let stake = StakeTransaction(
            node: TestLedger.key(1), contributor: TestLedger.wallets[1], amount: .coins(10), nonce: 1)
        try ledger.chain.submit([.transfer(transfer), .stake(stake)])
        ledger.advance()
        #expect(ledger.entry(1)?.lastReward == QueuePosition(height: 2, index: 1))
    }

    @Test("One wallet may stake several times, each stake an output of its own in one of the slots")
    func severalStakes() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        try ledger.register(1, stake: .coins(25))
        for _ in 0..<3 { try ledger.stake(.coins(25), in: 1, by: 1) }
        let entry = try #require(ledger.entry(1))
        #expect(entry.isActive && entry.contributors.count == 2)
        #expect(entry.contributors[1].stakes.count == 3)
        #expect(Set(entry.contributors[1].stakes.map(\.keyImage)).count == 3)
    }

    @Test("A node keeps the requirement it was registered under while the requirement falls")
    func frozenRequirement() throws {
        var rules = TestLedger.rules(.whitepaper2020)
        rules.requirement = .curve
        let balances = [TestLedger.address(0): Amount.coins(40_000), TestLedger.address(1): .coins(40_000)]
        var ledger = TestLedger(rules, balances: balances)
        let start = rules.requirement(at: 1)
        #expect(start == Amount(atomic: 18_549_994_235_199))
        try ledger.register(1, stake: start / 2, reserved: start / 2)
        ledger.advance(100)
        try ledger.register(2, by: 1, stake: rules.requirement(at: ledger.chain.height))
        #expect(ledger.entry(2)?.isActive == true)
        #expect(try #require(ledger.entry(2)).stakingRequirement < start)
        try ledger.stake(start / 2, in: 1, by: 1)
        #expect(ledger.entry(1)?.stakingRequirement == start && ledger.entry(1)?.isActive == false)
        #expect(ledger.entry(1)?.totalContributed == Amount(atomic: start.atomic - 1), "an odd unit is missing")
    }

    @Test(
        "Four spots of portions are worth what was asked for, and filling them activates the node",
        arguments: [[100], [50, 50], [50, 25, 25], [34, 33, 33], [25, 25, 25, 25], [28, 24, 24, 24]] as [[UInt64]])
    func portions(coins: [UInt64]) throws {
        for atomicMore in [0, 1, 7] as [UInt64] {
            var rules = TestLedger.rules(.whitepaper2020)
            rules.requirement = .flat(Amount(atomic: 100_000_000_000 + atomicMore))
            var ledger = TestLedger(rules)
            let amounts = coins.enumerated().map { Amount(atomic: $1 * 1_000_000_000 + ($0 == 0 ? atomicMore : 0)) }
            try ledger.register(
                1, stake: amounts[0], others: amounts.dropFirst().enumerated().map { ($0 + 1, $1) })
            for (index, amount) in amounts.enumerated().dropFirst() { try ledger.stake(amount, in: 1, by: index) }
            let entry = try #require(ledger.entry(1))
            #expect(entry.isActive && entry.contributors.map(\.amount) == amounts)
        }
    }
}
