import SessionProtocol

/// `batch`: several requests in one, all started at once, but lookups one after the other (storage-node §3.7).
struct Batch: ClientMethod {
    static let names = ["batch"]
    static let isMeta = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    static func request(from fields: RequestFields, origin: CallOrigin) throws(Refusal) -> [PreparedCall] {
        try BatchRequest.calls(in: fields, origin: origin)
    }

    func run(_ calls: [PreparedCall], origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let node = node.sharingAnswerRoom
        let numbered = Array(calls.enumerated())
        let lookups = numbered.filter(\.element.isLookup)
        let others = numbered.filter { !$0.element.isLookup }
        return await withTaskGroup(of: (Int, RPCReply).self) { group in
            // Immediate, so that they start in their order.
            for (index, call) in others { group.addImmediateTask { (index, await call.run(node)) } }
            var replies = [RPCReply?](repeating: nil, count: calls.count)
            for (index, call) in lookups { replies[index] = await call.run(node) }
            for await (index, reply) in group { replies[index] = reply }
            return BatchRequest.results(replies.compactMap(\.self))
        }
    }
}
