import SessionProtocol
import Storage

/// `delete_before`: forgets what was sent at or before a time, in one mailbox or all of them, on every member of the
/// swarm (storage-node §3.5, §3.6).
struct DeleteBefore: ClientMethod {
    static let names = ["delete_before"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    /// Messages sent at the time or earlier go.
    static func request(from fields: RequestFields, origin: CallOrigin) throws(Refusal) -> MailboxOrder {
        try MailboxOrder(fields, time: "before")
    }

    func run(_ order: MailboxOrder, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: order.signer.account)
        guard order.time <= node.now + Limits.signatureTolerance else {
            throw Refusal(401, "delete_before timestamp too far in the future")
        }
        let text = SignedText.deleteBefore(order.mailboxes, order.time)
        try await order.signer.check(text, .delete, for: Self.names[0], at: node)
        return await SwarmCall(node: node).reply(
            Self.names[0], order.forwarded, asking: .emptying(order.mailboxes, sentUpTo: order.time),
            of: order.signer.account, under: membership, to: origin
        ) { moment throws(StorageError) in
            let deleted = try await node.environment.store.deleteAll(
                of: order.signer.account, in: order.mailboxes, sentUpTo: order.time, at: moment)
            return order.entry("deleted", deleted, signedBy: node)
        }
    }
}
