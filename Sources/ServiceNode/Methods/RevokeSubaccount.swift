import SessionCrypto
import SessionProtocol
import Storage

/// `revoke_subaccount`: ends what subaccounts may do, on every member of the swarm (storage-node §5).
struct RevokeSubaccount: ClientMethod {
    static let names = ["revoke_subaccount"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: RevokeRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let order = request.order
        let membership = try await order.check(for: Self.names[0], at: node)
        return await SwarmCall(node: node).reply(
            Self.names[0], order.forwarded("revoke"), asking: .revocation(order.tokens), of: order.owner.account,
            under: membership, to: origin
        ) { moment throws(StorageError) in
            try await node.environment.store.revoke(order.tokens, of: order.owner.account, at: moment)
            return ["signature": .blob(node.keys.ed25519.sign(order.receipt))]
        }
    }
}

/// The parameters of `revoke_subaccount`, checked.
struct RevokeRequest: RequestParameters {
    let order: RevocationOrder

    init(_ fields: RequestFields) throws(Refusal) {
        var block = try SignedAccount.Fields(keysOf: fields)
        let revoke = try fields.strings("revoke")
        try block.readOwnSignature(of: fields)
        let timestamp = try fields.timestamp("timestamp")

        let owner = try block.checked(fields)
        let listed = try fields.require("revoke", revoke)
        guard listed.count <= Limits.revokedSubaccounts else {
            throw .invalid(
                "invalid revoke: cannot revoke more than \(Limits.revokedSubaccounts) subaccounts at once")
        }
        let tokens = try RevocationOrder.tokens(listed, in: "revoke", fields.encoding)
        order = RevocationOrder(
            owner: owner, tokens: tokens,
            timestamp: try fields.require("timestamp", timestamp))
    }
}
