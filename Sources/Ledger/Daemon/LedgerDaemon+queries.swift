import SessionProtocol

extension LedgerDaemon {
    /// Answers a public method.
    /// - Returns: the result, encoded.
    func answer(_ method: PublicMethod, _ params: [String: JSON]) throws(RPCError) -> Bytes {
        switch method {
        case .serviceNodes: return try serviceNodes(params)
        case .blockHash: return try chain.blockHashReply(params: params).utf8
        case .height: return JSON.object(["height": .uint(chain.height)]).utf8
        case .blockCount: return JSON.object(["count": .uint(chain.height), "status": "OK"]).utf8
        case .stakingRequirement:
            let requirement = chain.genesis.economics.stakingRequirement.atomic
            let reply: JSON = [
                "height": .uint(chain.height), "staking_requirement": .uint(requirement), "status": "OK",
            ]
            return reply.utf8
        }
    }

    private func serviceNodes(_ params: [String: JSON]) throws(RPCError) -> Bytes {
        let request = try ServiceNodesRequest(params: params)
        let reply = ServiceNodesReply(chain: chain, proofs: proofs, randomness: environment.randomness)
        // A shuffled answer must differ from call to call.
        guard request.limit == 0 else { return reply.json(request).utf8 }
        return replies.reply(to: JSON.object(params).utf8) { reply.json(request).utf8 }
    }
}
