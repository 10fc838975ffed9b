import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// The chain as the network's operator turns it.
extension Testnet {
    /// Blocks in a day of the ledger.
    public static let blocksPerDay = 720

    /// Makes blocks at once, as if their time had passed. Nodes that run count as having proved themselves and passed
    /// their tests all the while; those that do not run fail. Nodes hear of it once, at the end. In a simulation
    /// everybody's wall clock follows.
    /// - Parameter blocks: 0 or more.
    @discardableResult
    public func advance(blocks: Int) async throws -> AdvanceReport {
        let ledger = try requireLedger()
        let report = try await ledger.daemon.advance(blocks: blocks, silent: await silentNodes())
        world.advanceWallClocks(by: report.passed)
        return report
    }

    /// As ``advance(blocks:)``.
    @discardableResult
    public func advance(days: Int) async throws -> AdvanceReport { try await advance(blocks: days * Self.blocksPerDay) }

    /// Everyone who has been a node and does not run now.
    private func silentNodes() async -> Set<LegacyPublicKey> {
        var silent: Set<LegacyPublicKey> = []
        for member in roll.members where await nodes[member.name]?.state != .running {
            silent.insert(member.keys.legacy.publicKey)
        }
        return silent
    }

    /// Replaces the newest blocks by a branch that is one block longer; what is still valid is in it.
    /// - Throws: ``NetworkError/ledgerRefused(what:reason:)`` for a depth that cannot be.
    @discardableResult
    public func reorganise(depth: Int) async throws -> Reorganisation {
        do {
            return try await requireLedger().daemon.reorganise(depth: depth)
        } catch let refusal as ReorganisationRefusal {
            throw NetworkError.ledgerRefused(what: "reorganisation", reason: "\(refusal)")
        }
    }

    /// Lets a node see the chain late.
    /// - Parameter blocks: 0 ends it.
    public func setLag(_ node: String, blocks: UInt64) async throws {
        let member = try requireMember(node)
        do {
            try await requireLedger().daemon.setLag(blocks, for: member.keys.legacy.publicKey)
        } catch let refusal as LagRefusal {
            throw NetworkError.ledgerRefused(what: "lag of \(node)", reason: "\(refusal)")
        }
        lags[node] = blocks == 0 ? nil : blocks
    }

    /// Ends the ledger and opens it again on the same ports, from the blocks it kept. Nodes find it again by
    /// themselves.
    /// - Throws: what keeps it from opening; the network has no ledger then.
    public func restartLedger() async throws {
        try requireUp()
        let before = try requireLedger()
        isLedgerClosed = true
        events.record(Event(.operatorAction, from: "testnet", ["action": "restart", "nodes": ["ledger"]]))
        ledgerRun?.cancel()
        // It ends by itself and throws nothing.
        _ = await ledgerRun?.result
        await before.close()
        let after = try await before.reopened()
        ledger = after
        await after.adopt(roll.members)
        for (name, blocks) in lags.sorted(by: { $0.key < $1.key }) {
            guard let member = roll[name] else { continue }
            try await after.daemon.setLag(blocks, for: member.keys.legacy.publicKey)
        }
        ledgerRun = world.spawn { await after.run() }
        isLedgerClosed = false
    }

    /// - Throws: ``NetworkError/ledgerClosed``
    func requireLedger() throws(NetworkError) -> RunningLedger {
        guard !isLedgerClosed else { throw .ledgerClosed }
        return ledger
    }
}
