import SessionProtocol

extension ServiceNodeEntry {
    /// A node in a `get_service_nodes` reply (ledger §6.2).
    ///
    /// What a proof tells (keys, addresses, versions) is absent before the first one, except addresses and ports:
    /// readers require those, so they are `0.0.0.0` and 0. This ledger's nodes run no quorum network and no Lokinet, so
    /// fields about those are always absent.
    ///
    /// - Parameter topHeight: of the block the reply is made at.
    func json(
        _ fields: FieldSelection, proof: AcceptedProof?, topHeight: UInt64, economics: LedgerEconomics
    ) -> JSON {
        var result: [String: JSON] = [:]
        // Values are only worked out when they are asked for.
        func add(_ name: String, _ value: @autoclosure () -> JSON) {
            if fields.includes(name) { result[name] = value() }
        }
        add("service_node_pubkey", .string(node.hex))
        add("registration_height", .uint(registrationHeight))
        add("registration_hf_version", .uint(UInt64(registrationHardfork)))
        add("requested_unlock_height", 0)
        add("last_reward_block_height", .uint(lastRewardHeight))
        add("last_reward_transaction_index", .uint(UInt64(lastRewardTransactionIndex)))
        add("active", .bool(isActive))
        add("funded", .bool(isFunded))
        add("payable", .bool(isPayable(at: topHeight, economics)))
        add("state_height", .uint(activeSince ?? registrationHeight))
        add("decommission_count", 0)
        add("earned_downtime_blocks", .uint(credit(at: topHeight, economics)))
        add("contributors", .array(contributors.map(\.json)))
        add("total_contributed", .uint(totalContributed.atomic))
        if totalReserved != totalContributed { add("total_reserved", .uint(totalReserved.atomic)) }
        add("staking_requirement", .uint(stakingRequirement.atomic))
        add("portions_for_operator", .uint(portionsForOperator))
        add("operator_fee", .uint(feeBasisPoints * 100))
        add("operator_address", .string(contributors.first?.address.description ?? ""))
        add("swarm_id", .uint(swarm.rawValue))
        add("swarm", .string(swarm.hex))
        add("public_ip", .string((proof?.proof.publicIP ?? .unknown).description))
        add("storage_port", .uint(UInt64(proof?.proof.httpsPort ?? 0)))
        add("storage_lmq_port", .uint(UInt64(proof?.proof.omqPort ?? 0)))
        add("last_uptime_proof", .integer(proof?.timestamp ?? 0))
        // Clients look for a node that is. A storage server that pinged is up, and a peer nobody tested counts as reachable.
        add("storage_server_reachable", .bool(proof != nil))
        if let proof = proof?.proof {
            add("pubkey_ed25519", .string(proof.ed25519.hex))
            add("pubkey_x25519", .string(proof.x25519.hex))
            add("storage_server_version", .array(proof.storageServerVersion.map { .uint(UInt64($0)) }))
        }
        return .object(result)
    }

    private func isPayable(at height: UInt64, _ economics: LedgerEconomics) -> Bool {
        activeSince.map { height >= $0 + economics.blocksUntilPayable } ?? false
    }

    /// The down-time that is forgiven now, in blocks (ledger §2.5).
    private func credit(at height: UInt64, _ economics: LedgerEconomics) -> UInt64 {
        let up = activeSince.map { height - $0 } ?? 0
        return min(creditBase + up / economics.blocksPerCreditBlock, economics.maximumCreditBlocks)
    }

    private var portionsForOperator: UInt64 {
        Amount(atomic: feeBasisPoints).scaled(by: LedgerConstants.portions, over: LedgerConstants.wholeFee).atomic
    }
}

extension ServiceNodeEntry.Contributor {
    fileprivate var json: JSON {
        var result: [String: JSON] = [
            "amount": .uint(amount.atomic),
            "address": .string(address.description),
            "locked_contributions": .array(
                stakes.map { stake in
                    [
                        "amount": .uint(stake.amount.atomic),
                        "key_image": .string(Hex.encode(stake.keyImage)),
                        "key_image_pub_key": .string(Hex.encode(stake.outputKey)),
                    ]
                }),
        ]
        if reserved != amount { result["reserved"] = .uint(reserved.atomic) }
        return .object(result)
    }
}
