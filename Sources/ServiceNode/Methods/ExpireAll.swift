import SessionProtocol
import Storage

/// `expire_all`: shortens the life of all messages in one mailbox of an account or in all of them, on every member of
/// the swarm (storage-node §3.5, §3.6).
struct ExpireAll: ClientMethod {
    static let names = ["expire_all"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    /// Messages that would live longer end at the time.
    static func request(from fields: RequestFields, origin: CallOrigin) throws(Refusal) -> MailboxOrder {
        try MailboxOrder(fields, time: "expiry")
    }

    func run(_ order: MailboxOrder, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: order.signer.account)
        guard order.time >= node.now - origin.clockTolerance else {
            throw Refusal(406, "expire_all timestamp should be >= current time")
        }
        let text = SignedText.expireAll(order.mailboxes, expiry: order.time)
        try await order.signer.check(text, .delete, for: Self.names[0], at: node)
        return await SwarmCall(node: node).reply(
            Self.names[0], order.forwarded, asking: .shortening(order.mailboxes, to: order.time),
            of: order.signer.account, under: membership, to: origin
        ) { moment throws(StorageError) in
            let updated = try await node.environment.store.shortenAll(
                of: order.signer.account, in: order.mailboxes, to: order.time, at: moment)
            return order.entry("updated", updated, signedBy: node)
        }
    }
}
