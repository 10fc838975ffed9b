import Ledger
import SessionProtocol

/// The request that names an account: see ``LedgerRequests``.
struct NameRequests: Sendable {
    private let testnet: Testnet

    init(_ testnet: Testnet) { self.testnet = testnet }

    /// Answers `POST /ledger/name`: beside what every change answers with, `nameHash` in hex, as `ons_resolve` asks for
    /// it, and `burnt`.
    func answer(_ request: ControlRequest) async throws -> JSON {
        let name = try request.sessionName("name")
        let account = try request.sessionID("account")
        let wallet = try request.optionalText("wallet") ?? WalletBook.treasury
        let (receipt, burnt) = try await testnet.name(account, name, wallet: wallet)
        let answer = LedgerAnswer.changed(
            "'\(name)' of '\(wallet)' stands for \(account)", receipt, "; \(burnt) coins are burnt")
        var fields = answer.asObject ?? [:]
        fields["nameHash"] = .string(NameHash(of: name).hex)
        fields["burnt"] = .uint(burnt.atomic)
        return .object(fields)
    }
}

extension ControlRequest {
    /// A name that accounts can have.
    func sessionName(_ field: String) throws(Malformed) -> SessionName {
        let text = try text(field)
        do throws(SessionNameError) {
            return try SessionName(text)
        } catch {
            throw Malformed(field: field, expected: "the name of an account: \(error)")
        }
    }

    /// An account whose owner signs with a key of their own.
    func sessionID(_ field: String) throws(Malformed) -> AccountID {
        let text = try text(field)
        guard let bytes = Hex.decode(text), bytes.first == AccountID.sessionPrefix, let account = AccountID(bytes)
        else {
            throw Malformed(field: field, expected: "a Session ID: 05 and 64 hex digits")
        }
        return account
    }
}
