import NodeRuntime
import SessionProtocol

/// What a block did, as the run's events tell it.
extension LedgerDaemon {
    /// Everything one of the newest blocks did, and then the block itself.
    func events(of block: Block) -> [Event] {
        var events: [Event] = []
        var registrations = 0
        for event in block.events {
            if case .registered = event { registrations += 1 }
            if let told = told(event, at: block.height) { events.append(told) }
        }
        let isTop = block.height == chain.top.height
        let totals = isTop ? chain.totals : chain.totals(at: block.height) ?? chain.totals
        let nodes = isTop ? chain.state.nodes : chain.nodes(at: block.height) ?? chain.state.nodes
        let last = Event(
            .block, from: Self.name,
            [
                "height": .uint(block.height), "hash": .string(block.hash.hex), "registrations": .int(registrations),
                "active": .int(nodes.values.count(where: \.isActive)),
                "initial": .uint(totals.initial.atomic), "minted": .uint(totals.minted.atomic),
                "free": .uint(totals.free.atomic), "staked": .uint(totals.staked.atomic),
                "locked": .uint(totals.locked.atomic), "burnt": .uint(totals.burnt.atomic),
            ])
        return events + [last]
    }

    /// Records the outcome of a block.
    func record(_ events: [Event]) {
        for event in events { record(event) }
    }

    private func told(_ event: LedgerEvent, at height: UInt64) -> Event? {
        guard let (kind, more) = content(of: event, at: height) else { return nil }
        var fields = more
        fields["height"] = .uint(height)
        if let node = event.node { fields["node"] = .string(node.hex) }
        return Event(kind, from: Self.name, fields)
    }

    private func content(of event: LedgerEvent, at height: UInt64) -> (EventKind, [String: JSON])? {
        switch event {
        case .registered(_, let stake): (.nodeRegistered, ["stake": .uint(stake.atomic)])
        case .contributed(_, let wallet, let amount):
            (.stakeContributed, ["wallet": .string(wallet.description), "amount": .uint(amount.atomic)])
        case .activated: (.nodeActivated, [:])
        case .unlockRequested(_, let leaves): (.unlockRequested, ["leaves": .uint(leaves)])
        case .expired: (.nodeExpired, [:])
        case .stakesReleased(let amount, _): (.stakesReleased, ["amount": .uint(amount.atomic)])
        case .decommissioned(_, let reasons, let forced):
            (.nodeDecommissioned, ["reasons": reasons.json, "forced": .bool(forced)])
        case .recommissioned(_, let forced): (.nodeRecommissioned, ["forced": .bool(forced)])
        case .deregistered(_, let reasons, let lockedUntil, let forced):
            (
                .nodeDeregistered,
                ["reasons": reasons.json, "forced": .bool(forced), "lockedUntil": .uint(lockedUntil)]
            )
        case .addressPenalised: (.addressPenalised, [:])
        case .rewarded(_, let payments): (.rewardPaid, ["payments": Self.json(payments)])
        case .transferred(let from, let to, let amount):
            (
                .coinsTransferred,
                [
                    "from": .string(from.description), "to": .string(to.description), "amount": .uint(amount.atomic),
                ]
            )
        case .nameRegistered(let hash, let burnt):
            (.nameRegistered, ["name": .string(Hex.encode(hash)), "burnt": .uint(burnt.atomic)])
        // Nothing of it is in the block; whoever sent it sees that from the chain.
        case .dropped: nil
        case .swarmsAssigned: (.swarmsAssigned, ["swarms": swarmsJSON(at: height)])
        }
    }

    /// Records one fact.
    func record(_ kind: EventKind, _ fields: [String: JSON]) {
        record(Event(kind, from: Self.name, fields))
    }

    /// Records a fact once the blocks it rests on are kept.
    func record(_ event: Event) {
        if heldEvents != nil { heldEvents?.append(event) } else { environment.events.record(event) }
    }

    private func swarmsJSON(at height: UInt64) -> JSON {
        var swarms: [String: [JSON]] = [:]
        for entry in chain.entries(at: height) ?? [] where entry.isActive && entry.swarm != .unassigned {
            swarms[entry.swarm.hex, default: []].append(.string(entry.node.hex))
        }
        return .object(swarms.mapValues { .array($0) })
    }

    /// A wallet that is paid more than once in a block gets one sum.
    private static func json(_ payments: [LedgerEvent.Payment]) -> JSON {
        var sums: [String: UInt64] = [:]
        for payment in payments { sums[payment.wallet.description, default: 0] += payment.amount.atomic }
        return .object(sums.mapValues { .uint($0) })
    }
}

extension TestFailures {
    fileprivate var json: JSON { .array(codes.map { .string($0) }) }
}

extension LedgerEvent {
    /// The node it is about.
    fileprivate var node: LegacyPublicKey? {
        switch self {
        case .registered(let node, _), .contributed(let node, _, _), .activated(let node),
            .unlockRequested(let node, _), .expired(let node), .stakesReleased(_, let node),
            .decommissioned(let node, _, _), .recommissioned(let node, _), .deregistered(let node, _, _, _),
            .addressPenalised(let node):
            node
        case .rewarded(let node, _): node
        case .transferred, .nameRegistered, .dropped, .swarmsAssigned: nil
        }
    }

    /// Whether anything but the usual payments happened.
    var isRoutine: Bool { if case .rewarded = self { true } else { false } }
}
