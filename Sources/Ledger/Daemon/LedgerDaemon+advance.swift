import NodeRuntime
import SessionProtocol
import Storage

/// What came of moving a ledger on.
public struct AdvanceReport: Sendable, Equatable {
    /// How many blocks were made.
    public let blocks: Int
    /// Of the top block.
    public let height: UInt64
    public let hash: BlockHash
    /// Of the top block, in seconds since the Unix epoch.
    public let timestamp: Int64
    /// How much of the ledger's time passed.
    public let passed: Duration
}

extension LedgerDaemon {
    /// Makes blocks at once in place of waiting for them, one ``LedgerRules/blockTarget`` after the other.
    ///
    /// All of it counts as time in which every adopted node but the silent ones pinged, proved itself and passed its
    /// tests; silent ones did none of that, and the others' quorums judge them for it. Everyone is notified once, at
    /// the end. Events tell of the blocks in which something happened beside the payment of rewards, and of the last.
    ///
    /// - Parameters:
    ///   - silent: legacy keys.
    ///   - clocksFollowed: whether the world's clocks stand at the end of that time already. Otherwise the ledger's
    ///     time runs ahead of them from now on.
    /// - Throws: when the blocks could not be kept; none was made then.
    @discardableResult
    public func advance(
        blocks count: Int, silent: Set<LegacyPublicKey> = [], clocksFollowed: Bool = false
    ) throws(StorageError) -> AdvanceReport {
        precondition(count >= 0, "time does not run backwards")
        if isClosed { throw .closed }
        let target = chain.genesis.rules.blockTarget
        let passed = target * count
        let end = clocksFollowed ? timeOffset : timeOffset + passed
        let (before, offsetBefore) = (chain, timeOffset)
        heldEvents = []
        for number in 0..<count {
            // Here testers and the block itself see the time at which the block is made.
            timeOffset = end - target * (count - 1 - number)
            let block = makeBlockAhead(silent: silent)
            if number == count - 1 || !block.events.allSatisfy(\.isRoutine) { record(events(of: block)) }
            testDuringAdvance(after: block, silent: silent)
        }
        timeOffset = end
        waitingProofs = nil
        let told = heldEvents ?? []
        heldEvents = nil
        do throws(StorageError) {
            try keep { archive throws(StorageError) in
                try archive.append(chain.blocks.suffix(count).map { $0.record.stored() })
            }
        } catch {
            (chain, timeOffset) = (before, offsetBefore)
            throw error
        }
        for event in told { record(event) }
        showSigns(except: silent)
        record(
            .ledgerAdvanced,
            [
                "blocks": .int(count), "height": .uint(chain.top.height),
                "seconds": .integer(passed.components.seconds),
            ])
        if count > 0 { notify() }
        return AdvanceReport(
            blocks: count, height: chain.top.height, hash: chain.top.hash, timestamp: chain.top.timestamp,
            passed: passed)
    }

    private func makeBlockAhead(silent: Set<LegacyPublicKey>) -> Block {
        for caller in sortedCallers() {
            guard let node = daemons[caller]?.node, !silent.contains(node), chain.state.nodes[node] != nil else {
                continue
            }
            proofs.excuse(node, at: now)
        }
        let block = chain.produceBlock(timestamp: timestamp)
        settle(block)
        return block
    }

    /// Brings what is known of every node that was not silent up to the ledger's new time.
    private func showSigns(except silent: Set<LegacyPublicKey>) {
        for caller in sortedCallers() {
            guard let node = daemons[caller]?.node, !silent.contains(node) else { continue }
            daemons[caller]?.wasHeard(at: now)
            guard chain.state.nodes[node] != nil, let live = daemons[caller]?.live else { continue }
            guard case .accepted = proofs.offer(live, isRegistered: true, at: now, timestamp: timestamp) else {
                continue
            }
            daemons[caller]?.proofWasAccepted(at: now)
        }
    }
}
