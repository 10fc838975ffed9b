import SessionProtocol

/// `get_swarm`: who stores an account's messages. Answers for any account on any node.
struct GetSwarm: ClientMethod {
    static let names = ["get_swarm", "get_snodes_for_pubkey"]
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: GetSwarmRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        .success(node.stamped(node.membership.swarmReply(for: request.account), node.membership.current))
    }
}

/// The parameters of `get_swarm`, checked (storage-node §3.2).
struct GetSwarmRequest: RequestParameters {
    let account: AccountID

    init(_ fields: RequestFields) throws(Refusal) {
        let modern = try fields.string("pubKey")
        let classic = try fields.string("pubkey")
        let text = try fields.requireAccount(pubkey: classic, pubKey: modern)
        account = try Authentication.account(text, error: "Pubkey must be 66 hex digits/33 bytes long")
    }
}
