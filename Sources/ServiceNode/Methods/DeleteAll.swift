import SessionCrypto
import SessionProtocol
import Storage

/// `delete_all`: empties one mailbox of an account or all of them, on every member of the swarm
/// (storage-node §3.5, §3.6).
struct DeleteAll: ClientMethod {
    static let names = ["delete_all"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: DeleteAllRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: request.signer.account)
        guard node.isTimely(request.timestamp, within: origin.clockTolerance) else {
            throw Refusal(406, "delete_all timestamp too far from current time")
        }
        let text = SignedText.deleteAll(request.mailboxes, timestamp: request.timestamp)
        try await request.signer.check(text, .delete, for: "delete_all", at: node)
        return await SwarmCall(node: node).reply(
            Self.names[0], request.forwarded, changing: .mailboxes(request.mailboxes), of: request.signer.account,
            under: membership, to: origin
        ) { moment throws(StorageError) in
            let account = request.signer.account
            let deleted = AffectedMessages(
                try await node.environment.store.deleteAll(
                    of: account, in: request.mailboxes, sentUpTo: nil, at: moment),
                in: request.mailboxes)
            return deleted.entry("deleted", of: account, request.timestamp, signedBy: node)
        }
    }
}

/// The parameters of `delete_all`, checked (storage-node §3.2).
struct DeleteAllRequest: RequestParameters {
    let signer: SignedAccount
    let mailboxes: MailboxSelection
    /// When the request was signed, in milliseconds since the epoch.
    let timestamp: Int64

    init(_ fields: RequestFields) throws(Refusal) {
        mailboxes = try fields.mailboxes("namespace") ?? .one(.inbox)
        let block = try SignedAccount.Fields(fields)
        let timestamp = try fields.timestamp("timestamp")

        signer = try block.checked(fields)
        self.timestamp = try fields.require("timestamp", timestamp)
    }

    /// What a swarm peer is sent (storage-node §8.1).
    var forwarded: Bencode {
        .dictionary(
            signer.forwarded.merging(["timestamp": .integer(timestamp), "namespace": mailboxes.forwarded]) { $1 })
    }
}
