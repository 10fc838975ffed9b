import Ledger
import SessionProtocol

/// The requests of people with coins: see ``LedgerRequests``.
struct StakingRequests: Sendable {
    private let testnet: Testnet

    init(_ testnet: Testnet) { self.testnet = testnet }

    /// - Parameter name: register, stake, unlock or transfer.
    func answer(_ name: String, _ request: ControlRequest) async throws -> JSON {
        switch name {
        case "register": return try await register(request)
        case "stake":
            let node = try request.text("node")
            let wallet = try request.optionalText("wallet") ?? WalletBook.operatorName(of: node)
            let amount = try request.coins("amount")
            let receipt = try await testnet.stake(wallet, node: node, amount: amount)
            return LedgerAnswer.changed("'\(wallet)' stakes \(amount) coins for \(node)", receipt)
        case "unlock":
            let node = try request.text("node")
            let receipt = try await testnet.unlock(node, contributor: request.optionalText("wallet"))
            let leaves = try await testnet.entry(of: node)?.requestedUnlockHeight
            let end = leaves.map { "; the ledger lets it go above height \($0)" } ?? ""
            return LedgerAnswer.changed("the stakes of \(node) are asked back", receipt, end)
        default:
            let (from, to) = (try request.text("from"), try request.text("to"))
            let amount = try request.coins("amount")
            let receipt = try await testnet.transfer(from: from, to: to, amount: amount)
            return LedgerAnswer.changed("'\(from)' sends \(amount) coins to '\(to)'", receipt)
        }
    }

    private func register(_ request: ControlRequest) async throws -> JSON {
        let node = try request.text("node")
        var offer = RegistrationOffer(wallet: try request.optionalText("wallet"))
        offer.stake = request.fields["stake"] == nil ? nil : try request.coins("stake")
        offer.feeBasisPoints = try request.basisPoints("fee")
        for text in try request.texts("reserved") {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let amount = Amount(coins: parts[1]) else {
                throw ControlRequest.Malformed(field: "reserved", expected: "WALLET=COINS, not '\(text)'")
            }
            offer.reserved.append(RegistrationOffer.Reservation(wallet: parts[0], amount: amount))
        }
        return LedgerAnswer.changed("\(node) is registered", try await testnet.register(node, offer))
    }
}

extension ControlRequest {
    /// Decimal coins as a text.
    fileprivate func coins(_ field: String) throws(Malformed) -> Amount {
        guard let amount = Amount(coins: try text(field)) else {
            throw Malformed(field: field, expected: "coins with up to nine decimals, such as 18550 or 0.5")
        }
        return amount
    }

    /// A percentage with up to two decimals as a text; nothing when it is missing.
    fileprivate func basisPoints(_ field: String) throws(Malformed) -> UInt64 {
        guard let text = try optionalText(field) else { return 0 }
        guard let points = LedgerFigures.basisPoints(text) else {
            throw Malformed(field: field, expected: "a percentage of 0–100 with up to two decimals")
        }
        return points
    }
}

extension Amount {
    /// - Parameter coins: decimal digits with up to nine behind a point; `nil` for anything else, and for more than 64 bits
    ///   of atomic units hold.
    public init?(coins text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isDecimalDigit) }) else {
            return nil
        }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.count <= 9, let whole = UInt64(parts[0]),
            let rest = UInt64(fraction + String(repeating: "0", count: 9 - fraction.count))
        else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: Amount.atomicPerCoin)
        let (sum, carry) = product.addingReportingOverflow(rest)
        guard !overflow, !carry else { return nil }
        self.init(atomic: sum)
    }
}

extension Character {
    fileprivate var isDecimalDigit: Bool { isASCII && isNumber }
}
