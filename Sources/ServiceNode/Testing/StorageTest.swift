import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage

/// One storage test of a swarm peer by this node (storage-node §9.2).
struct StorageTest: Sendable {
    let node: NodeState
    let sample: MessageSample

    /// How far the tested height lies below the newest: every member knows that block.
    static let heightLag: UInt64 = 4
    /// The peer says only after 55 s that it does not have a message; a shorter wait would never hear it.
    static let patience = Duration.seconds(60)

    private static let ok = Bytes("OK".utf8)
    private static let wrongRequest = Bytes("wrong request".utf8)

    /// Asks for a random message.
    /// - Parameter hash: of the message asked for last time; another one is preferred.
    /// - Returns: the finding with what was asked for; `nil` if there is nothing to ask for, or the node ends.
    func run(
        on peer: NodeRecord, height: UInt64, avoiding hash: MessageHash?
    ) async -> (finding: StorageTestFinding, message: MessageHash)? {
        let message: StoredMessage
        do {
            guard let picked = try await sample.pick(avoiding: hash) else { return nil }
            message = picked
        } catch {
            // A store that cannot be read has nothing to ask for.
            return nil
        }
        guard let name = Base64.decode(message.hash.text) else { return nil }
        let outcome = await node.environment.transport.request(
            peer.peer, "sn.storage_test", [Bytes(String(height).utf8), name], timeout: Self.patience)
        guard !Task.isCancelled else { return nil }
        var finding = Self.finding(outcome, expected: message.data)
        if finding.isLoss {
            // The message may have been removed or the peer have left in the meantime; or it has yet to get what it
            // missed, from this very node.
            let isStillPeer = node.membership.current?.peers.contains { $0.legacy == peer.legacy } ?? false
            let isStillHere = await sample.stillHolds(message)
            finding.isLoss = isStillPeer && isStillHere && !node.transfers.isBusy(with: peer)
        }
        return (finding, message.hash)
    }

    static func finding(_ outcome: OMQOutcome, expected: Bytes) -> StorageTestFinding {
        guard case .reply(let parts) = outcome, let first = parts.first else {
            return StorageTestFinding(result: .other, isLoss: false)
        }
        if first == ok, parts.count == 2 {
            let isSame = parts[1] == expected
            return StorageTestFinding(result: isSame ? .ok : .mismatch, isLoss: !isSame)
        }
        if first == wrongRequest { return StorageTestFinding(result: .rejected, isLoss: false) }
        return StorageTestFinding(result: .other, isLoss: first == Bytes("other".utf8))
    }

    /// The newest height at which this node may ask `peer`, among the blocks it remembers.
    func height(for peer: NodeRecord) -> UInt64? {
        guard let membership = node.membership.current,
            let members = membership.ownSwarm.flatMap({ membership.swarms[$0] }),
            membership.height >= Self.heightLag
        else { return nil }
        let blocks = node.membership.recentBlocks
        return blocks.heights.first { height in
            guard height <= membership.height - Self.heightLag, let hash = blocks.hash(at: height) else { return false }
            let pair = StorageTestPair(blockHash: hash, members: members)
            return pair?.tester.legacy == node.keys.legacy.publicKey && pair?.testee.legacy == peer.legacy
        }
    }

    /// Whom this node has to test because of the newest block, and at which height.
    func duty() -> (peer: NodeRecord, height: UInt64)? {
        guard let membership = node.membership.current,
            let members = membership.ownSwarm.flatMap({ membership.swarms[$0] }),
            membership.height >= Self.heightLag
        else { return nil }
        let height = membership.height - Self.heightLag
        guard let hash = node.membership.recentBlocks.hash(at: height),
            let pair = StorageTestPair(blockHash: hash, members: members),
            pair.tester.legacy == node.keys.legacy.publicKey
        else { return nil }
        return (pair.testee, height)
    }
}
