import NodeRuntime
import SessionCrypto
import SessionProtocol

/// The nodes' tests of each other: after each block every daemon that is awake votes, and what has enough votes waits
/// for the next block (ledger §3.3).
extension LedgerDaemon {
    /// Lets the daemons judge after a block that was settled.
    func testNodes(after block: Block) {
        follow(block)
        judge(voters: voters { $0.isAwake(at: now) })
    }

    /// Lets the daemons judge after a block that was made in place of waiting, and settled. Whoever is not silent has
    /// been excused from proofs by then, and passes its tests here; the silent fail theirs.
    /// - Parameter silent: nodes that give no sign of life meanwhile.
    func testDuringAdvance(after block: Block, silent: Set<LegacyPublicKey>) {
        follow(block)
        let failing = silent.filter { chain.state.nodes[$0]?.isActive == true }
        for caller in sortedCallers() {
            guard let node = daemons[caller]?.node, !silent.contains(node) else { continue }
            for peer in daemons[caller]?.reports.suspects.subtracting(silent) ?? [] {
                daemons[caller]?.reports.clear(peer, at: now)
            }
            for peer in failing { daemons[caller]?.reports.add(.storage, peer, passed: false, at: now) }
        }
        judge(voters: voters { !silent.contains($0.node) })
    }

    /// How long a block that brings somebody's fate forward has to wait: one every ``LedgerRules/blockTarget``.
    /// - Returns: `nil` while nobody fails or is set aside and no state change waits.
    var timeUntilTestingBlock: Duration? {
        guard chain.genesis.rules.testing.isEnabled else { return nil }
        let isChangeWaiting = chain.pending.contains { if case .stateChange = $0 { true } else { false } }
        guard
            isChangeWaiting
                || testing.isAnyoneInTrouble(in: chain, voters: voters { $0.isAwake(at: now) }, at: testMoment)
        else { return nil }
        return max(.zero, testing.lastBlockAt + chain.genesis.rules.blockTarget - now)
    }

    /// Forgets votes and quorums of blocks that are no more.
    /// - Parameter height: of the lowest block that was replaced.
    func restartTests(from height: UInt64) {
        testing.forget(from: height)
        excuseUnheard()
    }

    /// Gives every active node of which nothing is known the time in which it can prove itself: after a restart, and
    /// after its decommission was undone.
    func excuseUnheard() {
        for entry in chain.entries where entry.isActive {
            let verdict = proofs.verdict(on: entry.node)
            if verdict.provedAt == nil, verdict.effectiveAt == nil { proofs.excuse(entry.node, at: now) }
        }
    }

    private var testMoment: ConsensusTesting.Moment {
        ConsensusTesting.Moment(now: now, timestamp: timestamp, proofs: proofs)
    }

    private func voters(
        where isAwake: (ServiceNodeDaemon) -> Bool
    ) -> [LegacyPublicKey: ConsensusTesting.Voter] {
        var voters: [LegacyPublicKey: ConsensusTesting.Voter] = [:]
        voters.reserveCapacity(daemons.count)
        for daemon in daemons.values where isAwake(daemon) {
            voters[daemon.node] = ConsensusTesting.Voter(key: daemon.keys.legacy, reports: daemon.reports)
        }
        return voters
    }

    /// Whoever was set aside proves itself at once if it can; whoever is new or gone is nobody the old reports are about.
    private func follow(_ block: Block) {
        testing.lastBlockAt = now
        for event in block.events {
            switch event {
            case .decommissioned(let node, _, _):
                for caller in sortedCallers() where daemons[caller]?.node == node {
                    daemons[caller]?.proofsWereVoided()
                }
            case .registered(let node, _), .deregistered(let node, _, _, _), .expired(let node):
                for caller in sortedCallers() { daemons[caller]?.reports.forget(node) }
            default: break
            }
        }
    }

    private func judge(voters: [LegacyPublicKey: ConsensusTesting.Voter]) {
        let (votes, changes) = testing.judge(chain, voters: voters, at: testMoment)
        for vote in votes {
            record(
                .voteCast,
                [
                    "validator": .string(vote.validator.hex), "node": .string(vote.node.hex),
                    "quorum": .uint(vote.quorumHeight), "change": .string(vote.judgement.change.name),
                    "reasons": .array(vote.judgement.reasons.codes.map { .string($0) }),
                ])
        }
        for change in changes {
            // One that is refused now, because another waits or the node asked to leave meanwhile, has no say any more;
            // if the node still fails, the next quorum votes anew.
            do { try chain.submit([.stateChange(change)]) } catch { continue }
        }
    }
}
