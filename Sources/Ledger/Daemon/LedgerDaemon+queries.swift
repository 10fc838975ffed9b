import NodeRuntime
import SessionProtocol

extension LedgerDaemon {
    /// How many of the newest blocks are kept from an asker.
    func lag(of caller: X25519PublicKey?) -> UInt64 {
        guard !lags.isEmpty, let node = node(of: caller)?.node else { return 0 }
        return min(lags[node] ?? 0, UInt64(LedgerConstants.rememberedBlocks))
    }

    /// The chain as an asker knows it; over HTTP, and for strangers, without delay.
    func view(for caller: X25519PublicKey?) -> ChainView { ChainView(chain, lag: lag(of: caller)) }

    /// Answers a question that many ask in the same words: its text is read once for each view of the ledger.
    ///
    /// - Parameter make: reads the question and answers it.
    func keptAnswer<Failure: Error>(
        to question: PublishedView.Question, of caller: X25519PublicKey?,
        make: () throws(Failure) -> RPCMethod.Answer
    ) throws(Failure) -> Bytes {
        let lag = lag(of: caller)
        if ownKnowledge(of: caller)?.hasMoved != true, let known = currentView(lag: lag).answer(to: question) {
            return known
        }
        let answer = try make()
        guard answer.isForAll, var view = published.removeValue(forKey: lag) else { return answer.text }
        defer { published[lag] = view }
        return view.keep(answer.text, to: question)
    }

    /// Answers `get_service_nodes`.
    func serviceNodes(_ request: ServiceNodesRequest, for caller: X25519PublicKey?) -> RPCMethod.Answer {
        let lag = lag(of: caller)
        var view = currentView(lag: lag)
        // Held here alone while it changes, so that its answers are not copied.
        published[lag] = nil
        defer { published[lag] = view }
        return view.serviceNodes(
            request, randomness: environment.randomness, knowledge: ownKnowledge(of: caller))
    }

    /// - Returns: `nil` for strangers.
    func ownKnowledge(of caller: X25519PublicKey?) -> OwnKnowledge? {
        node(of: caller).map {
            OwnKnowledge(daemon: $0, proof: proofs.byNode[$0.node]?.proof, now: now, timestamp: timestamp)
        }
    }

    /// What questions about service nodes are answered from. The first question after a block makes a new one, and so
    /// does the first after proofs, but those at most once in ``PublishedView/longestAge``.
    private func currentView(lag: UInt64) -> PublishedView {
        let uptime = environment.clock.uptime
        let chainView = ChainView(chain, lag: lag)
        if let known = published[lag], known.isCurrent(for: chainView, proofs, at: uptime) { return known }
        let view = PublishedView(of: chainView, proofs, at: uptime, replacing: published[lag])
        published[lag] = view
        return view
    }
}
