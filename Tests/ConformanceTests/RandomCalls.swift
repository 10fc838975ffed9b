import SessionProtocol
import Storage

/// Draws calls to a store, one after another, so that they meet each other's messages often.
struct RandomCalls {
    var chance: SplitMix
    /// How many will be drawn.
    let count: Int
    private var now: Int64 = 1_000

    init(chance: SplitMix, count: Int) {
        self.chance = chance
        self.count = count
    }

    private mutating func drawn(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &chance) }

    private mutating func account() -> AccountID { [alice, alice, bob, aliceGroup][drawn(0...3)] }

    private mutating func namespace() -> Namespace { Namespace([0, 0, 0, 1, -1, -21, -10][drawn(0...6)]) }

    /// Few enough to meet again, in another mailbox as well.
    private mutating func anyHash() -> MessageHash { hash(drawn(0...150)) }

    private mutating func hashes() -> [MessageHash] { (0...drawn(0...5)).map { _ in anyHash() } }

    private mutating func expiry() -> Int64 { now + Int64(drawn(-20...400)) }

    /// Around the messages' own times, or around the present.
    private mutating func moment() -> Int64 {
        drawn(0...1) == 0 ? 1_000 + Int64(drawn(0...150)) : now + Int64(drawn(-30...30))
    }

    /// Most of what owners ask for comes at once, the rest after something that was asked for later.
    private mutating func lateMoment() -> Int64 { drawn(0...4) == 0 ? moment() : now }

    /// Most messages come when they were stored, the rest late.
    private mutating func storingMoment() -> Int64? {
        drawn(0...4) == 0 ? nil : now + Int64(drawn(0...3) == 0 ? -drawn(0...30) : 1)
    }

    private mutating func target() -> ChangeTarget {
        switch drawn(0...2) {
        case 0: .messages(hashes())
        case 1: .mailboxes(mailboxes())
        default: .subaccounts(tokens())
        }
    }

    private mutating func mailboxes() -> MailboxSelection { drawn(0...2) == 0 ? .all : .one(namespace()) }

    private mutating func tokens() -> [Bytes] { (0...drawn(0...8)).map { _ in token(drawn(0...70)) } }

    mutating func next() -> DifferentialTests.Step {
        switch drawn(0...999) {
        case 0..<450:
            let data = Bytes(repeating: 7, count: drawn(0...9) == 0 ? 6_000 : drawn(0...300))
            return .store(
                message(
                    drawn(0...150), for: account(), in: namespace(), expiry: expiry(), storedAt: storingMoment(),
                    data: data))
        case 450..<500:
            return .insert(
                (0...drawn(0...9)).map { _ in
                    message(
                        drawn(0...150), for: account(), in: namespace(), expiry: expiry(), storedAt: storingMoment())
                })
        case 500..<520: return .entries(after: drawn(0...2) == 0 ? nil : anyHash(), limit: drawn(-1...40))
        case 520..<540: return .named(hashes())
        case 540..<570: return .remove(after: anyHash(), limit: drawn(0...3), isAgreed: drawn(0...4) > 0)
        case 570..<650:
            let limits = RetrieveLimits(
                maximumCount: drawn(0...2) == 0 ? nil : drawn(0...8),
                maximumBytes: drawn(0...2) == 0 ? drawn(0...9_000) : .max)
            return .retrieve(account(), namespace(), after: drawn(0...2) == 0 ? nil : anyHash(), limits)
        case 650..<730:
            now += Int64(drawn(0...40))
            return .removeExpired(now)
        case 730..<770: return .list(after: Int64(drawn(-1...count / 2)), limit: drawn(-1...40))
        case 770..<970: return ownersCall()
        case 970..<978: return .reopen
        case 978..<984: return .kill
        case 984..<989: return .refuseWrites
        case 989..<996: return .acceptWrites
        default: return .list(after: 0, limit: .max)
        }
    }

    private mutating func ownersCall() -> DifferentialTests.Step {
        switch drawn(0...19) {
        case 15: return .storingMoment(anyHash(), namespace(), account(), moment())
        case 16: return .remember(request(), account(), lateMoment())
        case 0, 1, 14: return .delete(hashes(), account(), lateMoment())
        case 2 where drawn(0...2) > 0: return .delete(hashes(), account(), lateMoment())
        case 2: return .deleteAll(account(), mailboxes(), sentUpTo: drawn(0...3) == 0 ? nil : moment(), lateMoment())
        case 3: return .shortenAll(account(), mailboxes(), expiry(), lateMoment())
        case 4, 11, 12, 17, 18, 19:
            let expiries = hashes().map { (hash: $0, expiry: expiry()) }
            return .expire(expiries, account(), ExpiryChange.allCases[drawn(0...2)], lateMoment())
        case 13: return .changingMoment(target(), account(), moment())
        case 5: return drawn(0...1) == 0 ? .expiries(hashes(), account()) : .statistics
        case 6: return .revoke(tokens(), account(), moment())
        case 7: return .unrevoke(tokens(), account(), moment())
        case 8: return .isRevoked(token(drawn(0...70)), account())
        case 9: return .changes(moment(), after: drawn(0...1) == 0 ? nil : change(), drawn(-1...30))
        default: return .apply((0...drawn(0...9)).map { _ in change() })
        }
    }

    private mutating func bounds() -> ExpiryBounds {
        let (first, second) = (expiry(), expiry())
        let drawn = [(first, first), (first, .max), (.min, first), (min(first, second), max(first, second))][
            drawn(0...3)]
        guard let bounds = ExpiryBounds(earliest: drawn.0, latest: drawn.1) else {
            preconditionFailure("the earlier one comes first")
        }
        return bounds
    }

    private mutating func standingOrder() -> StandingOrder {
        StandingOrder(
            mailboxes(), drawn(0...1) == 0 ? .deletion(sentUpTo: moment()) : .shortening(to: expiry()), at: moment())
    }

    private mutating func request() -> OwnersRequest {
        switch drawn(0...5) {
        case 0: .deletion(hashes())
        case 1: .emptying(mailboxes(), sentUpTo: drawn(0...3) == 0 ? nil : moment())
        case 2: .shortening(mailboxes(), to: expiry())
        case 3: .revocation(tokens())
        case 4: .lifting(tokens())
        default: .expiries(hashes().map { (hash: $0, expiry: expiry()) }, ExpiryChange.allCases[drawn(0...2)])
        }
    }

    private mutating func change() -> StoredChange {
        switch drawn(0...9) {
        case 0, 5, 6:
            .expiry(
                account: drawn(0...4) == 0 ? nil : account(), hash: anyHash(), expiry: expiry(), changedAt: moment())
        case 1, 7: .removal(account: account(), hash: anyHash(), at: moment(), until: expiry())
        case 2: .removal(account: account(), hash: anyHash(), at: moment(), until: expiry() + 31 * 86_400_000)
        case 3: .awaitedExpiry(account: account(), hash: anyHash(), bounds: bounds(), at: moment())
        case 4: .standingOrder(account: account(), standingOrder())
        default:
            .revocation(account: account(), token: token(drawn(0...70)), at: moment(), isRevoked: drawn(0...1) == 0)
        }
    }
}
