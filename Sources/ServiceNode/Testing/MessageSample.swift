import NodeRuntime
import SessionProtocol
import Storage

/// Picks a message that every member of the node's swarm should hold.
struct MessageSample: Sendable {
    let environment: NodeEnvironment
    let membership: CurrentMembership

    /// A message that is about to expire may be gone there already. Longer than any answer is waited for.
    private static let remainingLife: Int64 = 120_000
    private static let attempts = 8

    /// - Parameter hash: is avoided if there is any other.
    /// - Returns: `nil` when a few tries found none. Messages after a gap in the store are a little more likely.
    func pick(avoiding hash: MessageHash?) async throws(StorageError) -> StoredMessage? {
        let store = environment.store
        guard let first = try await store.messages(afterRow: 0, limit: 1).first?.row else { return nil }
        let last = try await lastRow(from: first)
        var source = RandomSource(environment.randomness)
        var avoided: StoredMessage?
        for _ in 0..<Self.attempts {
            let row = Int64.random(in: first - 1..<last, using: &source)
            guard let message = try await store.messages(afterRow: row, limit: 1).first?.message, isSound(message)
            else { continue }
            guard message.hash == hash else { return message }
            avoided = message
        }
        return avoided
    }

    /// Whether the message is still to be found in this node's own store, and everywhere else in its swarm.
    func stillHolds(_ message: StoredMessage) async -> Bool {
        do {
            return try await environment.store.message(message.hash) != nil && isSound(message)
        } catch {
            // A store that cannot be read proves nothing against a peer.
            return false
        }
    }

    /// A message in an outbox may be replaced at any moment, so only others count.
    private func isSound(_ message: StoredMessage) -> Bool {
        guard !message.namespace.isPublicOutbox, let current = membership.current else { return false }
        let (due, overflow) = environment.clock.wallMilliseconds.addingReportingOverflow(Self.remainingLife)
        return !overflow && message.expiry > due && current.isResponsible(for: message.account)
    }

    /// Searches by halving: the store tells what comes after a row, not where it ends.
    /// - Parameter first: a row that is there.
    private func lastRow(from first: Int64) async throws(StorageError) -> Int64 {
        var known = first
        var step: Int64 = 1
        var end: Int64 = .max
        while end == .max {
            let (probe, overflow) = known.addingReportingOverflow(step)
            if overflow { break }
            if let row = try await environment.store.messages(afterRow: probe - 1, limit: 1).first?.row {
                known = row
                step &*= 2
            } else {
                end = probe
            }
        }
        // Nothing is at `end` or after it.
        while end - known > 1 {
            let probe = known + (end - known) / 2
            if let row = try await environment.store.messages(afterRow: probe - 1, limit: 1).first?.row {
                known = row
            } else {
                end = probe
            }
        }
        return known
    }
}
