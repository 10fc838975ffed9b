import SessionCrypto
import SessionProtocol
import Storage

/// `expire`: sets how long messages live, on every member of the swarm (storage-node §3.5, §3.6).
struct Expire: ClientMethod {
    static let names = ["expire"]
    static let isForwarded = true
    let node: NodeState

    /// From here on a request may give every message an expiry of its own (storage-node §14).
    private static let severalExpiries = Hardfork(major: 19, revision: 4)

    init(_ node: NodeState) { self.node = node }

    func run(_ request: ExpireRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: request.signer.account)
        let earliest = node.now - Limits.signatureTolerance
        guard request.expiries.allSatisfy({ $0 >= earliest }) else {
            throw Refusal(401, "expire: timestamp should be >= current time")
        }
        guard request.expiries.count == 1 || membership.hardfork >= Self.severalExpiries else {
            throw Refusal(403, "expire: multi-expiry requests are not yet active on the network")
        }
        let change = try await authorised(request)
        let expiries = request.expiries.map { min($0, node.now + Limits.longestPrivateTTL) }
        let asked = request.messages.enumerated().map {
            (hash: $1, expiry: expiries[expiries.count == 1 ? 0 : $0])
        }
        return await SwarmCall(node: node).reply(
            Self.names[0], request.forwarded, asking: .expiries(asked, change), of: request.signer.account,
            under: membership, to: origin
        ) { moment throws(StorageError) in
            let receipt = try await node.environment.store.expire(
                asked, of: request.signer.account, change: change, at: moment)
            return entry(of: receipt, for: request, expiries)
        }
    }

    /// - Returns: what the signer may do: one that may write but not delete only ever extends.
    private func authorised(_ request: ExpireRequest) async throws(Refusal) -> ExpiryChange {
        let text = SignedText.expire(flag: request.flag, request.expiries, request.messages)
        try await request.signer.check(text, .write, for: "expire:", at: node)
        guard let subaccount = request.signer.authentication.subaccount, !subaccount.grants(.delete) else {
            return request.change
        }
        switch request.change {
        case .set, .extend: return .extend
        case .shorten:
            throw Refusal(
                400, "expire: shorten parameter cannot be used with this subaccount token (missing delete access)")
        }
    }

    /// What this node says of it. What stayed as it was is named, and signed, only if the request set a flag.
    /// - Parameter expiries: the request's, as this node caps them.
    private func entry(
        of receipt: ExpiryReceipt, for request: ExpireRequest, _ expiries: [Int64]
    ) -> [String: ReplyValue] {
        let updated = receipt.updated.sorted { $0.key < $1.key }
        let unchanged = request.change == .set ? [] : receipt.unchanged.sorted { $0.key < $1.key }
        let inForce = expiries.count == 1 ? expiries : updated.map(\.value)
        let text = SignedEntry.expire(
            request.signer.account, inForce, requested: request.messages, updated: updated.map(\.key),
            unchanged: unchanged.map { ($0.key, $0.value) })
        var entry: [String: ReplyValue] = [
            "expiry": expiries.count == 1 ? .integer(expiries[0]) : .list(inForce.map(ReplyValue.integer)),
            "signature": .blob(node.keys.ed25519.sign(text)),
            "updated": .hashes(updated.map(\.key)),
        ]
        if request.change != .set {
            entry["unchanged"] = .dictionary(
                Dictionary(uniqueKeysWithValues: unchanged.map { ($0.key.text, .integer($0.value)) }))
        }
        return entry
    }
}
