import SessionProtocol

/// `sequence`: several requests in one, each run when the one before it is done, until one does not succeed
/// (storage-node §3.7).
struct RequestSequence: ClientMethod {
    static let names = ["sequence"]
    static let isMeta = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    static func request(from fields: RequestFields, origin: CallOrigin) throws(Refusal) -> [PreparedCall] {
        try BatchRequest.calls(in: fields, origin: origin)
    }

    func run(_ calls: [PreparedCall], origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let node = node.sharingAnswerRoom
        var replies: [RPCReply] = []
        for call in calls {
            let reply = await call.run(node)
            replies.append(reply)
            guard (200..<300).contains(reply.status) else { break }
        }
        return BatchRequest.results(replies)
    }
}
