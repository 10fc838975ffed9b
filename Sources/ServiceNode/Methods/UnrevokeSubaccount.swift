import SessionCrypto
import SessionProtocol
import Storage

/// `unrevoke_subaccount`: gives subaccounts back what they may do, on every member of the swarm (storage-node §5).
struct UnrevokeSubaccount: ClientMethod {
    static let names = ["unrevoke_subaccount"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: UnrevokeRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let order = request.order
        let membership = try await order.check(for: Self.names[0], at: node)
        return await SwarmCall(node: node).reply(
            Self.names[0], order.forwarded("unrevoke"), asking: .lifting(order.tokens), of: order.owner.account,
            under: membership, to: origin
        ) { moment throws(StorageError) in
            let count = try await node.environment.store.unrevoke(order.tokens, of: order.owner.account, at: moment)
            return [
                "count": .integer(Int64(count)), "signature": .blob(node.keys.ed25519.sign(order.receipt)),
            ]
        }
    }
}

/// The parameters of `unrevoke_subaccount`, checked.
struct UnrevokeRequest: RequestParameters {
    let order: RevocationOrder

    init(_ fields: RequestFields) throws(Refusal) {
        var block = try SignedAccount.Fields(keysOf: fields)
        try block.readOwnSignature(of: fields)
        let timestamp = try fields.timestamp("timestamp")
        let unrevoke = try fields.strings("unrevoke")

        let owner = try block.checked(fields)
        let time = try fields.require("timestamp", timestamp)
        let listed = try fields.require("unrevoke", unrevoke)
        order = RevocationOrder(
            owner: owner, tokens: try RevocationOrder.tokens(listed, in: "unrevoke", fields.encoding), timestamp: time)
    }
}
