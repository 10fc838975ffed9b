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
        var isReady = false
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
            if !isReady {
                if let reason = await reasonNotReady(peer) {
                    failed(peer, reason)
                    try await self.pause(pause, for: backoff.next())
                    continue
                }
                isReady = true
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
                let handed = await hand(batch.messages, to: peer, isPeer: true)
                try Task.checkCancellation()
                if let reason = handed.outcome.failure {
                    failed(peer, reason)
                    try await self.pause(pause, for: backoff.next())
                    continue
                }
                withheld(handed.withheld, from: peer)
                if handed.sent > 0 { pushed(handed.sent, to: peer, swarm: swarm) }
            }
            backoff = Backoff()
            isFirst = false
            withPending { $0.paid(debt, to: key, upTo: batch.lastRow, isAll: batch.isLast) }
        }
    }

    /// Why a peer cannot be handed anything yet, if it is of a version that says so: only when it sees this node as a
    /// member of its swarm, it is (storage-2.11 §4). `nil` for one that is ready, or older.
    private func reasonNotReady(_ peer: NodeRecord) async -> String? {
        guard peer.version >= .asksForData else { return nil }
        let outcome = await peers.hand(
            "sn.data_ready", [], to: peer, isPeer: true, timeout: PeerLinks.pushTimeout)
        guard case .reply(let parts) = outcome else { return PushOutcome(outcome).failure }
        if parts.first == Bytes("OK".utf8) { return nil }
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
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
