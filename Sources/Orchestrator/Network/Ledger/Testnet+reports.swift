import Ledger
import SessionCrypto
import SessionProtocol
import Swarms

/// What the ledger tells.
extension Testnet {
    /// What the run calls nodes and wallets.
    var runNames: RunNames { RunNames(roll, ledger.operators.wallets) }

    /// Of the top block.
    public var ledgerHeight: UInt64 { get async { await ledger.height } }

    /// What is true on the ledger right now.
    public func ledgerStatus() async -> LedgerStatus { await ledger.daemon.status }

    /// What the ledger knows of a node; `nil` while it is not registered.
    /// - Throws: ``NetworkError/unknownNode(name:known:)`` for a name that no node ever had.
    public func entry(of node: String) async throws -> ServiceNodeEntry? {
        await ledger.entry(of: try requireMember(node))
    }

    /// The ledger as ``LedgerReport`` has it.
    func ledgerReport() async -> JSON {
        let daemon = ledger.daemon
        return LedgerReport(
            await daemon.status, leader: await daemon.rewardQueue.first?.node, rules: ledger.operators.rules,
            names: runNames
        ).json
    }

    /// What each wallet holds, by its name in natural order.
    public func wallets() async -> [(name: String, balance: WalletBalance)] {
        let names = runNames
        return await ledger.daemon.walletBalances.map { (names.wallet($0.wallet), $0) }
            .sorted { NaturalOrder.precedes($0.0, $1.0) }
    }

    /// The obligations quorum that a block drew, by names.
    /// - Parameter height: `nil`: the top block.
    /// - Throws: ``NetworkError/ledgerRefused(what:reason:)`` for a block that is not there, or too long ago.
    public func quorum(
        at height: UInt64? = nil
    ) async throws -> (height: UInt64, validators: [String], workers: [String]) {
        let daemon = try requireLedger().daemon
        let top = await daemon.status.height
        guard let quorum = await daemon.quorum(at: height ?? top) else {
            throw NetworkError.ledgerRefused(
                what: "quorum of block \(height ?? top)",
                reason: "the top block is \(top), and only the last \(LedgerConstants.rememberedBlocks) are remembered")
        }
        let names = runNames
        return (quorum.height, quorum.validators.map(names.node), quorum.workers.map(names.node))
    }

    /// What blocks did to swarms, oldest first.
    public func swarmHistory() async -> [SwarmChange] { await ledger.daemon.swarmHistory }

    /// Swarms by their place on the ring, with how they came to be.
    func swarmReport() async -> JSON {
        let status = await ledger.daemon.status
        let names = runNames
        let swarms = status.swarms.sorted { $0.key < $1.key }.map { id, members -> JSON in
            [
                "id": .string(id.hex), "position": .string(RingPosition.text(id)), "size": .int(members.count),
                "members": .array(NaturalOrder.sorted(members.map(names.node)).map(JSON.string)),
            ]
        }
        let history = await swarmHistory().map { change -> JSON in
            [
                "height": .uint(change.height), "swarm": .string(change.swarm.hex), "size": .int(change.size),
                "joined": .array(NaturalOrder.sorted(change.joined.map(names.node)).map(JSON.string)),
                "left": .array(NaturalOrder.sorted(change.left.map(names.node)).map(JSON.string)),
                "text": .string(change.text(names)),
            ]
        }
        return [
            "height": .uint(status.height), "policy": .string(ledger.operators.rules.swarmPolicy.rawValue),
            "swarms": .array(swarms), "history": .array(history),
        ]
    }
}

/// A place on the ring of swarms and accounts.
enum RingPosition {
    /// In percent of the way round, two digits after the point: `12.50 %`.
    static func text(_ id: SwarmID) -> String {
        let place = id.rawValue.multipliedFullWidth(by: 10_000)
        let hundredths = place.high + (place.low >> 63)
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) %"
    }
}

extension SwarmChange {
    /// For instance `swarm 7fff… is new with 7: +n1 +n4 …`.
    fileprivate func text(_ names: RunNames) -> String {
        let moves =
            NaturalOrder.sorted(joined.map(names.node)).map { "+\($0)" }
            + NaturalOrder.sorted(left.map(names.node)).map { "-\($0)" }
        let fate = size == 0 ? "dissolved" : isNew ? "is new with \(size)" : "has \(size)"
        return "swarm \(swarm.hex) \(fate): \(moves.joined(separator: " "))"
    }
}
