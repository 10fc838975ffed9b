import SessionProtocol

/// A node as a reply tells of it (ledger §6.2): all that its JSON is made of.
struct ReportedNode: Sendable, Equatable {
    let entry: ServiceNodeEntry
    /// What is known of where it is: the last proof, or what the answering node would prove of itself; `nil` before.
    let place: UptimeProof?
    /// Of the last proof, in seconds since the Unix epoch; 0: none that counts.
    let provedAt: Int64
    /// What the answering node's own testers found; `nil` when the answering daemon is no service node.
    let tests: PeerTestResults?
    private let isPayable: Bool
    /// The down-time that is forgiven now, in blocks; may be negative (ledger §2.5).
    private let credit: Int64

    /// - Parameters:
    ///   - proof: the last one; `nil` before the first.
    ///   - live: what the node would prove now, if it is the one that answers.
    ///   - topHeight: of the block the reply is made at.
    init(
        _ entry: ServiceNodeEntry, proof: AcceptedProof?, live: UptimeProof? = nil, tests: PeerTestResults? = nil,
        topHeight: UInt64, rules: LedgerRules
    ) {
        self.entry = entry
        place = live ?? proof?.proof
        provedAt = proof?.timestamp ?? 0
        self.tests = tests
        isPayable = entry.isPayable(at: topHeight, rules: rules)
        credit = entry.credit(at: topHeight, rules: rules)
    }

    /// What a proof tells (keys, addresses, versions) is absent before the first one, except addresses and ports:
    /// readers require those, so they are `0.0.0.0` and 0. This ledger's nodes run no quorum network, no checkpoints
    /// and no pulse, and have no BLS keys, so fields about those are always absent.
    func json(_ fields: FieldSelection) -> JSON {
        var result = ReportedFields(wanted: fields)
        addLife(to: &result)
        addStakes(to: &result)
        addPlace(to: &result)
        addTests(to: &result)
        return .object(result.values)
    }

    private func addLife(to result: inout ReportedFields) {
        result.add("service_node_pubkey", .string(entry.node.hex))
        result.add("registration_height", .uint(entry.registrationHeight))
        result.add("registration_hf_version", .uint(UInt64(entry.registrationHardfork)))
        result.add("requested_unlock_height", .uint(entry.requestedUnlockHeight ?? 0))
        result.add("last_reward_block_height", .uint(entry.lastReward.height))
        result.add("last_reward_transaction_index", .uint(UInt64(entry.lastReward.index)))
        result.add("active", .bool(entry.isActive))
        result.add("funded", .bool(entry.isFunded))
        result.add("payable", .bool(isPayable))
        result.add("state_height", .uint(stateHeight))
        result.add("decommission_count", .uint(UInt64(entry.decommissionCount)))
        if entry.reasonsAny != 0 {
            result.add("last_decommission_reason_consensus_all", .uint(UInt64(entry.reasonsAll)))
            result.add("last_decommission_reason_consensus_any", .uint(UInt64(entry.reasonsAny)))
            result.add("last_decomm_reasons", reasons)
        }
        result.add("earned_downtime_blocks", .integer(credit))
        result.add("swarm_id", .uint(entry.swarm.rawValue))
        result.add("swarm", .string(entry.swarm.hex))
    }

    private func addStakes(to result: inout ReportedFields) {
        result.add("contributors", .array(entry.contributors.map(\.json)))
        result.add("total_contributed", .uint(entry.totalContributed.atomic))
        if entry.totalReserved != entry.totalContributed {
            result.add("total_reserved", .uint(entry.totalReserved.atomic))
        }
        result.add("staking_requirement", .uint(entry.stakingRequirement.atomic))
        result.add("portions_for_operator", .uint(entry.feePortions))
        result.add("operator_fee", .uint(feeMillionths))
        result.add("operator_address", .string(entry.operatorAddress.description))
    }

    private func addPlace(to result: inout ReportedFields) {
        result.add("public_ip", .string((place?.publicIP ?? .unknown).description))
        result.add("storage_port", .uint(UInt64(place?.httpsPort ?? 0)))
        result.add("storage_lmq_port", .uint(UInt64(place?.omqPort ?? 0)))
        result.add("last_uptime_proof", .integer(provedAt))
        guard let place else { return }
        result.add("pubkey_ed25519", .string(place.ed25519.hex))
        result.add("pubkey_x25519", .string(place.x25519.hex))
        result.add("service_node_version", .version(LedgerDaemon.version))
        result.add("storage_server_version", .version(place.storageServerVersion))
        if let router = place.routerVersion { result.add("lokinet_version", .version(router)) }
    }

    private func addTests(to result: inout ReportedFields) {
        guard let tests else {
            // Clients look for a node that is. A storage server that pinged is up.
            result.add("storage_server_reachable", .bool(place != nil))
            return
        }
        result.add(tests.storage, named: "storage_server")
        result.add(tests.lokinet, named: "lokinet")
    }

    private var stateHeight: UInt64 {
        switch entry.activity {
        case .unfunded: entry.lastReward.height
        case .active(let since): since
        case .decommissioned(_, let height): height
        }
    }

    private var reasons: JSON {
        let all = TestFailures(rawValue: entry.reasonsAll)
        let some = TestFailures(rawValue: entry.reasonsAny).subtracting(all)
        var reasons: [String: JSON] = ["all": .array(all.codes.map { .string($0) })]
        if !some.codes.isEmpty { reasons["some"] = .array(some.codes.map { .string($0) }) }
        return .object(reasons)
    }

    /// The operator's fee, in millionths of the reward, rounded.
    private var feeMillionths: UInt64 {
        let (high, low) = entry.feePortions.multipliedFullWidth(by: 1_000_000)
        let (sum, carry) = low.addingReportingOverflow(LedgerConstants.portions / 2)
        return LedgerConstants.portions.dividingFullWidth((high + (carry ? 1 : 0), sum)).quotient
    }
}

/// The fields of one node as they are gathered. Values are only worked out when they are asked for.
private struct ReportedFields {
    let wanted: FieldSelection
    private(set) var values: [String: JSON] = [:]

    init(wanted: FieldSelection) { self.wanted = wanted }

    mutating func add(_ name: String, _ value: @autoclosure () -> JSON) {
        if wanted.includes(name) { values[name] = value() }
    }

    mutating func add(_ result: PeerTestResults.Result, named name: String) {
        add("\(name)_reachable", .bool(result.isReachable))
        if let time = result.firstUnreachable { add("\(name)_first_unreachable", .integer(time)) }
        if let time = result.lastUnreachable { add("\(name)_last_unreachable", .integer(time)) }
        if let time = result.lastReachable { add("\(name)_last_reachable", .integer(time)) }
    }
}

extension JSON {
    fileprivate static func version(_ numbers: [UInt16]) -> JSON { .array(numbers.map { .uint(UInt64($0)) }) }
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
        if reserved > amount { result["reserved"] = .uint(reserved.atomic) }
        return .object(result)
    }
}
