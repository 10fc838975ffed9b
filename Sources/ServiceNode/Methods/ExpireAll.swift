import SessionCrypto
import SessionProtocol
import Storage

/// `expire_all`: shortens the life of all messages in one mailbox of an account or in all of them, on every member of
/// the swarm (storage-node §3.5, §3.6).
struct ExpireAll: ClientMethod {
    static let names = ["expire_all"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: ExpireAllRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: request.signer.account)
        guard request.expiry >= node.now - origin.clockTolerance else {
            throw Refusal(406, "expire_all timestamp should be >= current time")
        }
        let text = SignedText.expireAll(request.mailboxes, expiry: request.expiry)
        try await request.signer.check(text, .delete, for: "expire_all", at: node)
        return await SwarmCall(node: node).reply(
            Self.names[0], request.forwarded, changing: .mailboxes(request.mailboxes), of: request.signer.account,
            under: membership, to: origin
        ) { moment throws(StorageError) in
            let account = request.signer.account
            let updated = AffectedMessages(
                try await node.environment.store.shortenAll(
                    of: account, in: request.mailboxes, to: request.expiry, at: moment),
                in: request.mailboxes)
            return updated.entry("updated", of: account, request.expiry, signedBy: node)
        }
    }
}

/// The parameters of `expire_all`, checked (storage-node §3.2).
struct ExpireAllRequest: RequestParameters {
    let signer: SignedAccount
    let mailboxes: MailboxSelection
    /// Messages that would live longer end then, in milliseconds since the epoch.
    let expiry: Int64

    init(_ fields: RequestFields) throws(Refusal) {
        let expiry = try fields.timestamp("expiry")
        mailboxes = try fields.mailboxes("namespace") ?? .one(.inbox)
        let block = try SignedAccount.Fields(fields)

        signer = try block.checked(fields)
        self.expiry = try fields.require("expiry", expiry)
    }

    /// What a swarm peer is sent (storage-node §8.1).
    var forwarded: Bencode {
        .dictionary(
            signer.forwarded.merging(["expiry": .integer(expiry), "namespace": mailboxes.forwarded]) { $1 })
    }
}
