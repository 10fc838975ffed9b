import SessionCrypto
import SessionProtocol
import Storage

/// `delete`: forgets messages by name, whatever their namespace, on every member of the swarm
/// (storage-node §3.5, §3.6).
struct Delete: ClientMethod {
    static let names = ["delete"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: DeleteRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: request.signer.account)
        try await request.signer.check(SignedText.delete(request.messages), .delete, for: "delete_msgs", at: node)
        let reply = await SwarmCall(node: node).reply(
            Self.names[0], request.forwarded, asking: .deletion(request.messages), of: request.signer.account,
            under: membership, to: origin
        ) { moment throws(StorageError) in
            let account = request.signer.account
            let deleted = try await node.environment.store.delete(request.messages, of: account, at: moment).sorted()
            let text = SignedEntry.delete(account, requested: request.messages, deleted: deleted)
            return ["deleted": .hashes(deleted), "signature": .blob(node.keys.ed25519.sign(text))]
        }
        guard request.isDeletionRequired, !origin.isSwarmPeer else { return reply }
        return Self.requiringDeletion(reply, request.encoding)
    }

    /// 404 when no member deleted anything. Members that say nothing of it are given a null, as clients know it;
    /// bencode has none.
    private static func requiringDeletion(_ reply: RPCReply, _ encoding: RequestEncoding) -> RPCReply {
        guard case .value(var body) = reply.body, case .dictionary(let swarm)? = body["swarm"] else { return reply }
        var isAnyDeleted = false
        body["swarm"] = .dictionary(
            swarm.mapValues { member in
                guard case .dictionary(var entry) = member else { return member }
                if case .list(let deleted)? = entry["deleted"], !deleted.isEmpty { isAnyDeleted = true }
                if encoding == .json { entry["deleted"] = entry["deleted"] ?? .quoted(.null) }
                return .dictionary(entry)
            })
        return RPCReply(status: isAnyDeleted ? reply.status : 404, body: .value(body))
    }
}

/// The parameters of `delete`, checked (storage-node §3.2).
struct DeleteRequest: RequestParameters {
    let signer: SignedAccount
    let messages: [MessageHash]
    /// Whether to answer 404 when none of the messages was anywhere.
    let isDeletionRequired: Bool
    let encoding: RequestEncoding

    init(_ fields: RequestFields) throws(Refusal) {
        encoding = fields.encoding
        let messages = try fields.strings("messages")
        var block = try SignedAccount.Fields(keysOf: fields)
        isDeletionRequired = try fields.bool("required") ?? false
        try block.readSignatures(of: fields)

        signer = try block.checked(fields)
        self.messages = try fields.hashes(try fields.requireMessages(messages))
    }

    /// What a swarm peer is sent (storage-node §8.1).
    var forwarded: Bencode {
        .dictionary(signer.forwarded.merging(["messages": .list(messages.map { .text($0.text) })]) { $1 })
    }
}
