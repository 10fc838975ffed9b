import Ledger
import SessionCrypto
import SessionProtocol
import Swarms

/// The ledger at one moment as outside programs read it: JSON with amounts in atomic units of 10⁻⁹ coin, and names in
/// place of keys where the run has names.
struct LedgerReport: Sendable {
    let json: JSON

    init(_ status: LedgerStatus, leader: LegacyPublicKey?, rules: LedgerRules, names: RunNames) {
        let totals = status.totals
        json = [
            "height": .uint(status.height), "hash": .string(status.topHash.hex),
            "timestamp": .integer(status.topTimestamp),
            "time": .integer(status.time), "pending": .int(status.pending),
            "failure": status.failure.map(JSON.string) ?? .null,
            "leader": leader.map { .string(names.node($0)) } ?? .null,
            "requirement": .uint(rules.requirement(at: status.height + 1).atomic),
            "rules": [
                "preset": .string(rules.preset.rawValue), "form": .string(rules.form.rawValue),
                "maximumContributors": .int(rules.maximumContributors), "startHeight": .uint(rules.startHeight),
                "swarmPolicy": .string(rules.swarmPolicy.rawValue), "timeScale": .int(Int(rules.timeScale)),
                "blockMilliseconds": .int(Int(rules.blockTarget / .milliseconds(1))),
                "unlockBlocks": .uint(rules.unlockBlocks),
                "deregistrationLockBlocks": .uint(rules.deregistrationLockBlocks),
                "testing": .bool(rules.testing.isEnabled), "smallNetworks": .bool(rules.testing.testsSmallNetworks),
            ],
            "totals": [
                "initial": .uint(totals.initial.atomic), "minted": .uint(totals.minted.atomic),
                "free": .uint(totals.free.atomic), "staked": .uint(totals.staked.atomic),
                "locked": .uint(totals.locked.atomic), "burnt": .uint(totals.burnt.atomic),
            ],
            "nodes": .array(
                status.nodes.map { (names.node($0.node), $0) }.sorted { NaturalOrder.precedes($0.0, $1.0) }
                    .map { Self.json($0.1, name: $0.0, names) }),
        ]
    }

    private static func json(_ node: LedgerStatus.Node, name: String, _ names: RunNames) -> JSON {
        let entry = node.entry
        return [
            "node": .string(name), "pubkeyLegacy": .string(node.node.hex),
            "state": .string(StakeState(entry).rawValue), "since": entry.since.map(JSON.uint) ?? .null,
            "registrationHeight": .uint(entry.registrationHeight),
            "swarm": entry.swarm == .unassigned ? .null : .string(entry.swarm.hex),
            "requirement": .uint(entry.stakingRequirement.atomic), "staked": .uint(entry.totalContributed.atomic),
            "feePortions": .uint(entry.feePortions), "credit": .integer(node.credit), "lag": .uint(node.lag),
            "decommissions": .int(Int(entry.decommissionCount)),
            "reasons": .array(TestFailures(rawValue: entry.reasonsAny).codes.map(JSON.string)),
            "leaves": entry.requestedUnlockHeight.map(JSON.uint) ?? .null,
            "lastReward": .uint(entry.lastReward.height),
            "lastProof": node.proof.map { .integer($0.timestamp) } ?? .null,
            "contributors": .array(
                entry.contributors.map { contributor in
                    [
                        "wallet": .string(names.wallet(contributor.address)),
                        "reserved": .uint(contributor.reserved.atomic),
                        "amount": .uint(contributor.amount.atomic), "stakes": .int(contributor.stakes.count),
                    ]
                }),
        ]
    }
}

/// What a run calls nodes and wallets.
struct RunNames: Sendable {
    private let nodes: [LegacyPublicKey: String]
    private let wallets: WalletBook

    init(_ roll: NodeRoll, _ wallets: WalletBook) {
        nodes = Dictionary(uniqueKeysWithValues: roll.members.map { ($0.keys.legacy.publicKey, $0.name) })
        self.wallets = wallets
    }

    /// A node's name, or its key when it is nobody of this run.
    func node(_ key: LegacyPublicKey) -> String { nodes[key] ?? key.hex }

    /// A wallet's name, or its address when nobody used one.
    func wallet(_ address: WalletAddress) -> String { wallets.name(of: address) ?? address.description }
}

/// Where a node stands on the ledger.
public enum StakeState: String, Sendable, CaseIterable {
    /// Not registered.
    case unstaked
    /// Registered, its stake not complete.
    case unfunded
    case active
    /// Set aside for failing tests.
    case decommissioned

    init(_ entry: ServiceNodeEntry?) {
        switch entry?.activity {
        case nil: self = .unstaked
        case .unfunded: self = .unfunded
        case .active: self = .active
        case .decommissioned: self = .decommissioned
        }
    }
}

extension ServiceNodeEntry {
    /// The height of the last change of its activity; `nil` while its stake is not complete.
    fileprivate var since: UInt64? {
        switch activity {
        case .unfunded: nil
        case .active(let since): since
        case .decommissioned(_, let since): since
        }
    }
}
