import Ledger
import SessionCrypto
import SessionProtocol
import Testing

@Suite struct TransactionRefusalTests {
    private typealias Reason = TransactionRefusal.Reason

    private static let wallet = TestLedger.address(0)
    private static let node = TestLedger.key(1)
    private static let image = Bytes(repeating: 0xab, count: 32)

    static let texts: [(TransactionRefusal.Reason, [String])] = [
        (.wrongForm(.portions, required: .amounts), ["portions", "amounts", "19"]),
        (.wrongHardfork(named: 18, required: 19), ["18", "19"]),
        (.spotCount(5, allowed: 1...4), ["5", "1 to 4"]),
        (.spotTooSmall(spot: 2, amount: .coins(3), minimum: .coins(4)), ["spot 2", "3 coins", "4"]),
        (.reservedTooMuch(spot: 2, amount: .coins(30), room: .coins(7)), ["spot 2", "30 coins", "7"]),
        (.feeTooHigh(10_001, maximum: 10_000), ["10001", "10000"]),
        (.expired(at: 77, blockTime: 78), ["77", "78"]),
        (.badNodeSignature, ["legacy key"]),
        (.notFundedByOperator(funder: wallet), [wallet.description, "operator"]),
        (.stakeBelowReservation(stake: .coins(3), reserved: .coins(4)), ["3 coins", "4"]),
        (.repeatedAddress(wallet), [wallet.description]),
        (.alreadyRegistered(height: 12), ["registered already", "12"]),
        (.notRegistered, ["not registered"]),
        (.alreadyFunded(requirement: .coins(100)), ["100 coins"]),
        (.noSlotLeft(stakes: 2, reserved: 3, maximum: 5), ["2 stakes", "3 spots", "5"]),
        (.reservationNotFilled(stake: .coins(3), unfilled: .coins(4)), ["3 coins", "one go", "4"]),
        (.stakeTooSmall(stake: .coins(3), minimum: .coins(4)), ["3 coins", "4"]),
        (.stakeTooLarge(stake: .coins(30), maximum: .coins(4)), ["30 coins", "4", "101 %"]),
        (.keyImageLocked(by: node), [node.hex]),
        (.keyImageBlacklisted(until: 99), ["99", "deregistered"]),
        (.keyImageSpent, ["spent"]),
        (.keyImageNotLocked(image), [Hex.encode(image)]),
        (.unlockPending(height: 99), ["99"]),
        (.notOwner(wallet), [wallet.description]),
        (.smallStakeTooEarly(stake: .coins(3), minimum: .coins(4), height: 99), ["3 coins", "4", "99"]),
        (.badSignature(by: wallet), [wallet.description]),
        (.alreadyIncluded(transaction: image, height: 99), [Hex.encode(image), "99"]),
        (.unknownWallet(wallet), [wallet.description]),
        (.insufficientBalance(balance: .coins(3), needed: .coins(4)), ["3 coins", "4"]),
        (.nothingToTransfer, ["nothing"]),
    ]

    @Test("A refusal says what was refused, of which node, by which rule, with the numbers", arguments: texts)
    func text(reason: TransactionRefusal.Reason, parts: [String]) {
        let text = "\(TransactionRefusal(kind: .registration, node: Self.node, reason: reason))"
        #expect(text.hasPrefix("registration of node \(Self.node): "))
        for part in parts { #expect(text.contains(part), "\(text) lacks \(part)") }
        #expect("\(TransactionRefusal(kind: .transfer, node: nil, reason: reason))".hasPrefix("transfer: "))
    }
}
