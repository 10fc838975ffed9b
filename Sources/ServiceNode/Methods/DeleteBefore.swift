import SessionCrypto
import SessionProtocol
import Storage

/// `delete_before`: forgets what was sent at or before a time, in one mailbox or all of them, on every member of the
/// swarm (storage-node §3.5, §3.6).
struct DeleteBefore: ClientMethod {
    static let names = ["delete_before"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: DeleteBeforeRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: request.signer.account)
        guard request.before <= node.now + Limits.signatureTolerance else {
            throw Refusal(401, "delete_before timestamp too far in the future")
        }
        let text = SignedText.deleteBefore(request.mailboxes, request.before)
        try await request.signer.check(text, .delete, for: "delete_before", at: node)
        return await SwarmCall(node: node).reply(
            Self.names[0], request.forwarded, changing: .mailboxes(request.mailboxes), of: request.signer.account,
            under: membership, to: origin
        ) { moment throws(StorageError) in
            let account = request.signer.account
            let deleted = AffectedMessages(
                try await node.environment.store.deleteAll(
                    of: account, in: request.mailboxes, sentUpTo: request.before, at: moment),
                in: request.mailboxes)
            return deleted.entry("deleted", of: account, request.before, signedBy: node)
        }
    }
}

/// The parameters of `delete_before`, checked (storage-node §3.2).
struct DeleteBeforeRequest: RequestParameters {
    let signer: SignedAccount
    let mailboxes: MailboxSelection
    /// Messages sent then or earlier go, in milliseconds since the epoch.
    let before: Int64

    init(_ fields: RequestFields) throws(Refusal) {
        let before = try fields.timestamp("before")
        mailboxes = try fields.mailboxes("namespace") ?? .one(.inbox)
        let block = try SignedAccount.Fields(fields)

        signer = try block.checked(fields)
        self.before = try fields.require("before", before)
    }

    /// What a swarm peer is sent (storage-node §8.1).
    var forwarded: Bencode {
        .dictionary(
            signer.forwarded.merging(["before": .integer(before), "namespace": mailboxes.forwarded]) { $1 })
    }
}
