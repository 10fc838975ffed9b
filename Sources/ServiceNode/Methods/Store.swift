import SessionCrypto
import SessionProtocol
import Storage

/// `store`: keeps a message here and on every other member of the swarm (storage-node §3.5, §8.1).
struct Store: ClientMethod {
    static let names = ["store"]
    static let isForwarded = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: StoreRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let turn = node.storeOrder.begin(request.account)
        defer { node.storeOrder.pass(turn, of: request.account) }
        let membership = try node.responsible(for: request.account)
        try checkTimes(request)
        try await authorise(request)
        let hash = request.hash
        let message = request.message(named: hash, storedAt: await storingMoment(of: hash, request, origin))
        await turn.comesUp()
        if origin.isSwarmPeer { return .success(await keep(message, in: turn, under: membership).entry) }
        return await keepEverywhere(message, request.forwarded, in: turn, membership)
    }

    /// When the message counts as stored, in milliseconds since 1970. Whoever stores a deleted message wants it back, and
    /// a clock that is behind must not undo that; a copy says itself when it was accepted.
    private func storingMoment(
        of hash: MessageHash, _ request: StoreRequest, _ origin: CallOrigin
    ) async -> Int64 {
        if case .swarmPeer(let moment?) = origin { return moment }
        let now = node.now
        do throws(StorageError) {
            return try await node.environment.store.storingMoment(
                of: hash, in: request.namespace, of: request.account, at: now)
        } catch {
            // Storing meets the same failure, and answers it.
            return now
        }
    }

    private func checkTimes(_ request: StoreRequest) throws(Refusal) {
        let longest = request.namespace.isPublicInbox ? Limits.longestPublicTTL : Limits.longestPrivateTTL
        let (lifetime, overflow) = request.expiry.subtractingReportingOverflow(request.timestamp)
        guard !overflow, (Limits.shortestTTL...longest).contains(lifetime) else {
            throw Refusal(403, "Provided expiry/TTL is not valid.")
        }
        let now = node.now
        guard request.timestamp <= now + Limits.storeClockTolerance, request.expiry >= now - Limits.storeClockTolerance
        else { throw Refusal(406, "Timestamp error: check your clock") }
    }

    private func authorise(_ request: StoreRequest) async throws(Refusal) {
        guard !request.namespace.isPublicInbox else { return }
        guard let (authentication, time) = request.authentication else {
            throw Refusal(401, "store: signature required to store to namespace \(request.namespace)")
        }
        guard node.isTimely(time) else {
            throw Refusal(406, "store signature timestamp too far from current time")
        }
        let access: Subaccount.Access = request.namespace.isPublicOutbox ? [.write, .delete] : .write
        let text = SignedText.store(request.namespace, timestamp: time)
        let isPermitted = try await authentication.permits(
            text, account: request.account, access: access, unlessRevokedIn: node.environment.store)
        guard isPermitted else {
            throw Refusal(401, "store signature verification failed")
        }
    }

    /// Commits the message to this node's own store.
    /// - Returns: this node's entry, and the message's row. A database that fails is an entry too, not a refusal.
    private func keep(
        _ message: StoredMessage, in turn: StoreOrder.Turn, under membership: Membership
    ) async -> (entry: [String: ReplyValue], row: Int64?) {
        let receipt: StoreReceipt
        node.storeOrder.pass(turn, of: message.account)
        do {
            receipt = try await node.environment.store.store(message)
        } catch {
            return (SwarmCall.failed(error), nil)
        }
        var entry: [String: ReplyValue] = [
            "hash": .text(message.hash.text),
            "signature": .blob(node.keys.ed25519.sign(SignedEntry.store(message.hash))),
            "expiry": .integer(receipt.expiry),
        ]
        // As if it had been stored in time, and then deleted.
        guard receipt.outcome != .late else { return (entry, nil) }
        node.transfers.wrote(row: receipt.row, under: membership)
        if receipt.outcome == .new { node.subscriptions.announce(message) } else { entry["already"] = .bool(true) }
        return (entry, receipt.row)
    }

    /// - Parameter copy: what the other members are sent.
    private func keepEverywhere(
        _ message: StoredMessage, _ copy: Bencode, in turn: StoreOrder.Turn, _ membership: Membership
    ) async -> RPCReply {
        var hash: ReplyValue?
        var row: Int64?
        let swarm = await SwarmCall(node: node).everywhere(
            Self.names[0], copy, at: message.storedAt, under: membership,
            own: {
                let kept = await keep(message, in: turn, under: membership)
                hash = kept.entry["hash"]
                row = kept.row
                return kept.entry.merging(["t": .integer(node.now)]) { $1 }
            },
            heard: { remember($0, $1, row: row) })
        var reply: [String: ReplyValue] = ["swarm": .dictionary(swarm)]
        reply["hash"] = hash
        return .success(node.stamped(reply, membership))
    }

    /// Sees to it that whoever could not store the message gets it later.
    /// - Parameter row: the message's here; `nil` when this node could not store it, or it is gone again.
    private func remember(_ peer: NodeRecord, _ entry: [String: ReplyValue], row: Int64?) {
        switch (entry["failed"] == nil, row) {
        case (true, .some): node.transfers.stored(by: peer)
        case (false, let row?): node.transfers.missed(row: row, by: peer)
        // Also if it failed: the copy may reach it late.
        case (_, nil): node.transfers.mayLackRecords()
        }
    }
}
