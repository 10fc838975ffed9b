import SessionProtocol

/// The account a request is about and who signs for it, for methods that take no unsigned requests (storage-node §3.1).
struct SignedAccount: Sendable {
    let account: AccountID
    let authentication: Authentication

    /// The raw fields, read in two steps because others may come between them in the alphabet. Reading checks types
    /// only.
    struct Fields {
        private let account: Bytes?
        private var authentication = Authentication.Fields()

        /// Reads all five, where no other comes between.
        init(_ fields: RequestFields) throws(Refusal) {
            try self.init(keysOf: fields)
            try readSignatures(of: fields)
        }

        /// Reads `pubkey` and `pubkey_ed25519`.
        init(keysOf fields: RequestFields) throws(Refusal) {
            account = try fields.string("pubkey")
            authentication.ed25519 = try fields.string("pubkey_ed25519")
        }

        /// Reads `signature` alone, for what no subaccount may sign.
        mutating func readOwnSignature(of fields: RequestFields) throws(Refusal) {
            authentication.signature = try fields.string("signature")
        }

        /// Reads `signature`, `subaccount` and `subaccount_sig`.
        mutating func readSignatures(of fields: RequestFields) throws(Refusal) {
            try readOwnSignature(of: fields)
            authentication.subaccount = try fields.string("subaccount")
            authentication.subaccountSignature = try fields.string("subaccount_sig")
        }

        /// Checks what was read.
        func checked(_ fields: RequestFields) throws(Refusal) -> SignedAccount {
            let account = try Authentication.account(try fields.require("pubkey", account))
            return SignedAccount(
                account: account,
                authentication: try Authentication(authentication, account: account, encoding: fields.encoding))
        }
    }

    /// Refuses with 401 unless the signature over `text` is good for what the request needs, whatever is wrong with it.
    ///
    /// - Parameter method: how the refusal begins.
    func check(
        _ text: Bytes, _ access: Subaccount.Access, for method: String, at node: NodeState
    ) async throws(Refusal) {
        let isPermitted = try await authentication.permits(
            text, account: account, access: access, unlessRevokedIn: node.environment.store)
        guard isPermitted else { throw Refusal(401, "\(method) signature verification failed") }
    }

    /// The fields as a swarm peer is sent them (storage-node §8.1).
    var forwarded: [String: Bencode] {
        authentication.forwarded.merging(["pubkey": .bytes(account.bytes)]) { $1 }
    }
}
