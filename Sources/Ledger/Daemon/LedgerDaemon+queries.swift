import NodeRuntime
import SessionProtocol

extension LedgerDaemon {
    /// Answers a public method.
    /// - Returns: the result, encoded.
    func answer(_ method: PublicMethod, _ params: [String: JSON]) throws(RPCError) -> Bytes {
        switch method {
        case .serviceNodes: return serviceNodes(try ServiceNodesRequest(params: params))
        case .blockHash: return try chain.blockHashReply(params: params).utf8
        case .height: return JSON.object(["height": .uint(chain.height)]).utf8
        case .blockCount: return JSON.object(["count": .uint(chain.height), "status": "OK"]).utf8
        case .stakingRequirement:
            let requirement = chain.genesis.rules.requirement(at: chain.height).atomic
            let reply: JSON = [
                "height": .uint(chain.height), "staking_requirement": .uint(requirement), "status": "OK",
            ]
            return reply.utf8
        }
    }

    /// Answers a question that many ask in the same words: its text is read once for each view of the ledger.
    ///
    /// - Parameter make: reads the question and answers it; `true` when everyone may get that answer.
    func commonAnswer<Failure: Error>(
        to question: PublishedView.Question, make: () throws(Failure) -> (answer: Bytes, isForAll: Bool)
    ) throws(Failure) -> Bytes {
        if let known = currentView().answer(to: question) { return known }
        let (answer, isForAll) = try make()
        guard isForAll, var view = published else { return answer }
        published = nil
        defer { published = view }
        return view.keep(answer, to: question)
    }

    func serviceNodes(_ request: ServiceNodesRequest) -> Bytes {
        var view = currentView()
        // Held here alone while it changes, so that its answers are not copied.
        published = nil
        defer { published = view }
        return view.serviceNodes(request, randomness: environment.randomness)
    }

    /// What questions about service nodes are answered from. The first question after a block makes a new one, and so
    /// does the first after proofs, but those at most once in ``PublishedView/longestAge``.
    private func currentView() -> PublishedView {
        let now = environment.clock.uptime
        if let published, published.isCurrent(for: chain, proofs, at: now) { return published }
        let view = PublishedView(of: chain, proofs, at: now, replacing: published)
        published = view
        return view
    }
}
