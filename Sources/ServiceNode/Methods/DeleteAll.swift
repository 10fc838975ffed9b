import SessionProtocol
import Storage

/// `delete_all`: empties one mailbox of an account or all of them, on every member of the swarm
/// (storage-node §3.5, §3.6).
struct DeleteAll: ClientMethod {
    static let names = ["delete_all"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    /// The time is when the request was signed.
    static func request(from fields: RequestFields, origin: CallOrigin) throws(Refusal) -> MailboxOrder {
        try MailboxOrder(fields, time: "timestamp")
    }

    func run(_ order: MailboxOrder, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: order.signer.account)
        guard node.isTimely(order.time, within: origin.clockTolerance) else {
            throw Refusal(406, "delete_all timestamp too far from current time")
        }
        let text = SignedText.deleteAll(order.mailboxes, timestamp: order.time)
        try await order.signer.check(text, .delete, for: Self.names[0], at: node)
        return await SwarmCall(node: node).reply(
            Self.names[0], order.forwarded, asking: .emptying(order.mailboxes, sentUpTo: nil), of: order.signer.account,
            under: membership, to: origin
        ) { moment throws(StorageError) in
            let deleted = try await node.environment.store.deleteAll(
                of: order.signer.account, in: order.mailboxes, sentUpTo: nil, at: moment)
            return order.entry("deleted", deleted, signedBy: node)
        }
    }
}
