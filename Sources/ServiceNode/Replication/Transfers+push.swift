import NodeRuntime
import SessionProtocol
import Storage

/// Giving a peer what it lacks: newcomers everything, others what they missed (storage-node §8.2).
extension Transfers {
    /// Rows read at once: at most 8 MB of data.
    private static let rowsPerRead = 100

    private struct Batch {
        var messages: [StoredMessage]
        /// All rows up to this one are in it, or are nobody's to push.
        var lastRow: Int64
        var isLast: Bool
    }

    /// Pushes until the peer has everything, or is no peer any more.
    func payDebt(to key: X25519PublicKey) async throws {
        let pause = Pause.pushing(key)
        var backoff = Backoff()
        var isFirst = true
        if let debt = withPending({ $0.debts[key] }), !debt.isUrgent {
            // It has just failed.
            try await self.pause(pause, for: backoff.next())
        }
        while let debt = withPending({ $0.debts[key] }), let current = membership.current {
            guard let peer = current.peer(key) else { return dropStranger(key) }
            guard !peers.isFailing(peer) else {
                // It is being asked whether it is back.
                try await self.pause(pause, for: .seconds(30)) { self.peers.isFailing(peer) }
                continue
            }
            let isWanted = { self.membership.current?.layout == current.layout }
            let read = try await persist(pause, while: isWanted) { () throws(StorageError) in
                try await batch(after: debt.row, for: current.layout, isFirst: isFirst)
            }
            guard let batch = read else {
                if isWanted() { return }
                continue
            }
            if let swarm = current.ownSwarm, !batch.messages.isEmpty {
                let outcome = await peers.push(DataBlob.encode(batch.messages), to: peer)
                try Task.checkCancellation()
                if let reason = outcome.failure {
                    failed(peer, reason)
                    try await self.pause(pause, for: backoff.next())
                    continue
                }
                pushed(batch.messages.count, to: peer, swarm: swarm)
            }
            backoff = Backoff()
            isFirst = false
            withPending { $0.paid(debt, to: key, upTo: batch.lastRow, isAll: batch.isLast) }
        }
    }

    private func batch(
        after row: Int64, for layout: SwarmLayout, isFirst: Bool
    ) async throws(StorageError) -> Batch {
        var batch = DataBatch<StoredMessage>(isFirst: isFirst)
        var lastRow = row
        let now = environment.clock.wallMilliseconds
        while true {
            let page = try await environment.store.messages(afterRow: lastRow, limit: Self.rowsPerRead)
            for (row, message) in page {
                if message.expiry > now, layout.isResponsible(for: message.account),
                    !batch.add(message, hash: message.hash, dataBytes: message.data.count)
                {
                    return Batch(messages: batch.elements, lastRow: lastRow, isLast: false)
                }
                lastRow = row
            }
            if page.count < Self.rowsPerRead { return Batch(messages: batch.elements, lastRow: lastRow, isLast: true) }
        }
    }
}
