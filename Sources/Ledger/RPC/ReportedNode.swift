import SessionProtocol

/// A node as a `get_service_nodes` reply tells of it (ledger §6.2): all that its JSON is made of.
struct ReportedNode: Sendable, Equatable {
    let entry: ServiceNodeEntry
    /// The last one; `nil` before the first.
    let proof: AcceptedProof?
    private let isPayable: Bool
    /// The down-time that is forgiven now, in blocks (ledger §2.5).
    private let credit: Int64

    /// - Parameter topHeight: of the block the reply is made at.
    init(_ entry: ServiceNodeEntry, proof: AcceptedProof?, topHeight: UInt64, rules: LedgerRules) {
        self.entry = entry
        self.proof = proof
        isPayable = entry.isPayable(at: topHeight, rules: rules)
        credit = entry.credit(at: topHeight, rules: rules)
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
        add("requested_unlock_height", .uint(entry.requestedUnlockHeight ?? 0))
        add("last_reward_block_height", .uint(entry.lastReward.height))
        add("last_reward_transaction_index", .uint(UInt64(entry.lastReward.index)))
        add("active", .bool(entry.isActive))
        add("funded", .bool(entry.isFunded))
        add("payable", .bool(isPayable))
        add("state_height", .uint(entry.stateHeight))
        add("decommission_count", .uint(UInt64(entry.decommissionCount)))
        add("earned_downtime_blocks", .integer(credit))
        add("contributors", .array(entry.contributors.map(\.json)))
        add("total_contributed", .uint(entry.totalContributed.atomic))
        if entry.totalReserved != entry.totalContributed { add("total_reserved", .uint(entry.totalReserved.atomic)) }
        add("staking_requirement", .uint(entry.stakingRequirement.atomic))
        add("portions_for_operator", .uint(entry.feePortions))
        add("operator_fee", .uint(operatorFee))
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

    /// Millionths, rounded.
    private var operatorFee: UInt64 {
        let twice = Amount(atomic: 2_000_000).scaled(by: entry.feePortions, over: LedgerConstants.portions).atomic
        return (twice + 1) / 2
    }
}

extension ServiceNodeEntry {
    /// When the node entered its present state.
    fileprivate var stateHeight: UInt64 {
        switch activity {
        case .unfunded: lastReward.height
        case .active(let since): since
        case .decommissioned(_, let height): height
        }
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
        if unfilled > .zero { result["reserved"] = .uint(reserved.atomic) }
        return .object(result)
    }
}
