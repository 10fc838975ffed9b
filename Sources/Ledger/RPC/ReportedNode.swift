import SessionProtocol

/// A node as a `get_service_nodes` reply tells of it (ledger §6.2): all that its JSON is made of.
struct ReportedNode: Sendable, Equatable {
    let entry: ServiceNodeEntry
    /// The last one; `nil` before the first.
    let proof: AcceptedProof?
    private let isPayable: Bool
    /// The down-time that is forgiven now, in blocks (ledger §2.5).
    private let credit: UInt64

    /// - Parameter topHeight: of the block the reply is made at.
    init(_ entry: ServiceNodeEntry, proof: AcceptedProof?, topHeight: UInt64, economics: LedgerEconomics) {
        self.entry = entry
        self.proof = proof
        isPayable = entry.activeSince.map { topHeight >= $0 + economics.blocksUntilPayable } ?? false
        let up = entry.activeSince.map { topHeight - $0 } ?? 0
        credit = min(entry.creditBase + up / economics.blocksPerCreditBlock, economics.maximumCreditBlocks)
    }

    /// What a proof tells (keys, addresses, versions) is absent before the first one, except addresses and ports:
    /// readers require those, so they are `0.0.0.0` and 0. This ledger's nodes run no quorum network and no Lokinet, so
    /// fields about those are always absent.
    func json(_ fields: FieldSelection) -> JSON {
        var result: [String: JSON] = [:]
        // Values are only worked out when they are asked for.
        func add(_ name: String, _ value: @autoclosure () -> JSON) {
            if fields.includes(name) { result[name] = value() }
        }
        add("service_node_pubkey", .string(entry.node.hex))
        add("registration_height", .uint(entry.registrationHeight))
        add("registration_hf_version", .uint(UInt64(entry.registrationHardfork)))
        add("requested_unlock_height", 0)
        add("last_reward_block_height", .uint(entry.lastRewardHeight))
        add("last_reward_transaction_index", .uint(UInt64(entry.lastRewardTransactionIndex)))
        add("active", .bool(entry.isActive))
        add("funded", .bool(entry.isFunded))
        add("payable", .bool(isPayable))
        add("state_height", .uint(entry.activeSince ?? entry.registrationHeight))
        add("decommission_count", 0)
        add("earned_downtime_blocks", .uint(credit))
        add("contributors", .array(entry.contributors.map(\.json)))
        add("total_contributed", .uint(entry.totalContributed.atomic))
        if entry.totalReserved != entry.totalContributed { add("total_reserved", .uint(entry.totalReserved.atomic)) }
        add("staking_requirement", .uint(entry.stakingRequirement.atomic))
        add("portions_for_operator", .uint(portionsForOperator))
        add("operator_fee", .uint(entry.feeBasisPoints * 100))
        add("operator_address", .string(entry.contributors.first?.address.description ?? ""))
        add("swarm_id", .uint(entry.swarm.rawValue))
        add("swarm", .string(entry.swarm.hex))
        add("public_ip", .string((proof?.proof.publicIP ?? .unknown).description))
        add("storage_port", .uint(UInt64(proof?.proof.httpsPort ?? 0)))
        add("storage_lmq_port", .uint(UInt64(proof?.proof.omqPort ?? 0)))
        add("last_uptime_proof", .integer(proof?.timestamp ?? 0))
        // Clients look for a node that is. A storage server that pinged is up, and a peer nobody tested counts as
        // reachable.
        add("storage_server_reachable", .bool(proof != nil))
        if let proof = proof?.proof {
            add("pubkey_ed25519", .string(proof.ed25519.hex))
            add("pubkey_x25519", .string(proof.x25519.hex))
            add("storage_server_version", .array(proof.storageServerVersion.map { .uint(UInt64($0)) }))
        }
        return .object(result)
    }

    private var portionsForOperator: UInt64 {
        Amount(atomic: entry.feeBasisPoints).scaled(by: LedgerConstants.portions, over: LedgerConstants.wholeFee).atomic
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
