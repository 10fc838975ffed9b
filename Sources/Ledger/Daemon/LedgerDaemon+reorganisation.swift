import NodeRuntime
import SessionProtocol
import Storage

extension LedgerDaemon {
    /// Replaces the newest blocks by a branch that is one block longer, as when a network's other half turns out to
    /// have been ahead. Whatever still holds is in the new branch; nodes are told of its top.
    ///
    /// - Parameter depth: how many blocks are taken back.
    /// - Throws: ``ReorganisationRefusal``, or a ``StorageError`` when the branch could not be kept; the old one stays then.
    @discardableResult
    public func reorganise(depth: Int) throws -> Reorganisation {
        if isClosed { throw StorageError.closed }
        let before = chain
        let outcome = try chain.reorganise(depth: depth, timestamp: timestamp)
        published = [:]
        waitingProofs = nil
        do throws(StorageError) {
            try keep { archive throws(StorageError) in
                let made = outcome.made.map { $0.record.stored() }
                try archive.replace(fromHeight: made.first?.height ?? chain.height, with: made)
            }
        } catch {
            chain = before
            throw error
        }
        let fork = chain.height - UInt64(outcome.made.count)
        swarmChanges.removeAll { $0.height >= fork }
        record(
            .chainReorganised,
            [
                "height": .uint(chain.top.height), "depth": .int(depth), "lost": .int(outcome.lost.count),
            ])
        restartTests(from: fork)
        for node in proofs.byNode.keys.sorted() where chain.state.nodes[node] == nil { proofs.forget(node) }
        for block in outcome.made {
            settle(block)
            record(events(of: block))
        }
        proveRegistered(in: outcome.made)
        for block in outcome.made { testNodes(after: block) }
        notify()
        return outcome
    }
}
