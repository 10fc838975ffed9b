import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage

/// Answers a swarm peer's `sn.storage_test`: shows that this node holds a message (storage-node §9.2).
struct StorageTestAnswer: Sendable {
    let node: NodeState

    /// How often a request that cannot be answered yet is looked at again …
    static let retryInterval = Duration.milliseconds(50)
    /// … and for how long.
    static let retryTime = Duration.seconds(55)

    /// What a look at a request says.
    private enum Look {
        case answer([Bytes])
        /// The block or the message may still come.
        case later
    }

    /// - Returns: `nil` only when the node ends.
    func answer(_ call: OMQCall) async -> [Bytes]? {
        guard call.parts.count == 2 else { return Self.word("invalid parameters") }
        guard node.membership.current?.isActive(call.caller.publicKey) == true else {
            return Self.word("invalid pubkey")
        }
        guard let height = UInt64(digits: String(decoding: call.parts[0], as: UTF8.self)) else {
            return Self.word("invalid height")
        }
        // Messages used to have 64-byte names; none can be here any more.
        guard [32, 64].contains(call.parts[1].count) else { return Self.word("invalid msg hash") }
        let hash = MessageHash(digest: call.parts[1])
        let clock = node.environment.clock
        let deadline = clock.uptime + Self.retryTime
        while true {
            if case .answer(let parts) = await look(for: hash, height: height, tester: call.caller.publicKey) {
                return parts
            }
            guard clock.uptime < deadline else { return Self.word("other") }
            do { try await clock.sleep(for: Self.retryInterval) } catch { return nil }
        }
    }

    private func look(for hash: MessageHash?, height: UInt64, tester: X25519PublicKey) async -> Look {
        guard let membership = node.membership.current, let swarm = membership.ownSwarm else {
            return .answer(Self.word("wrong request"))
        }
        guard height <= membership.height else { return .later }
        guard let block = node.membership.recentBlocks.hash(at: height),
            let pair = StorageTestPair(blockHash: block, members: membership.swarms[swarm] ?? []),
            pair.tester.x25519 == tester, pair.testee.legacy == node.keys.legacy.publicKey
        else { return .answer(Self.word("wrong request")) }
        guard let hash else { return .later }
        do {
            guard let message = try await node.environment.store.message(hash) else { return .later }
            return .answer([Bytes("OK".utf8), message.data])
        } catch {
            // A database that is busy now may answer later; one that stays broken does not show the message.
            return .later
        }
    }

    private static func word(_ text: String) -> [Bytes] { [Bytes(text.utf8)] }
}
