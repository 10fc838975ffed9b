import SessionCrypto
import SessionProtocol
import Storage

/// A client's request, run by every member of the swarm (storage-node §3.6, §8.1).
struct SwarmCall: Sendable {
    let node: NodeState

    /// Sends the copies first, then runs the request here, then waits: the slowest of all decides, not their sum.
    ///
    /// - Parameters:
    ///   - method: the method's primary name.
    ///   - body: the request as a peer is to get it. It checks everything itself.
    ///   - moment: when this node accepted it, in milliseconds since 1970; the copies tell it.
    ///   - own: runs the request here; this node's entry. It ends before `heard` is called for the first time.
    ///   - heard: called with each peer's entry as it comes in.
    /// - Returns: the entries of all members by their Ed25519 keys in hex: the reply's `swarm`.
    func everywhere(
        _ method: String, _ body: Bencode, at moment: Int64, under membership: Membership,
        own: () async -> [String: ReplyValue],
        heard: (NodeRecord, [String: ReplyValue]) -> Void
    ) async -> [String: ReplyValue] {
        let copy = Acceptance.stamp(body, moment).encoded
        var swarm: [String: ReplyValue] = [:]
        await withTaskGroup(of: (NodeRecord, [String: ReplyValue]).self) { group in
            for peer in membership.peers {
                // Immediate, so that copies leave in the order in which their requests came.
                group.addImmediateTask { (peer, await node.peers.forward(method, copy, to: peer)) }
            }
            swarm[node.keys.ed25519.publicKey.hex] = .dictionary(await own())
            for await (peer, entry) in group {
                swarm[peer.ed25519.hex] = .dictionary(entry)
                heard(peer, entry)
            }
        }
        return swarm
    }

    /// The whole answer to a request that changes what is kept: from a client the `swarm` of all members, from a swarm
    /// peer this node's entry alone. A peer that failed, or did something else than this node, is brought up to date
    /// later, and so is one that the table in force names and that of the request did not.
    ///
    /// Where not all peers did the same, some may come back with messages that this node does not know. Then it has to
    /// remember what it was asked for, or it has failed too.
    ///
    /// - Parameters:
    ///   - request: what of the account is changed, and how.
    ///   - own: runs the request here, as of a moment in milliseconds since 1970; this node's entry.
    func reply(
        _ method: String, _ body: Bencode, asking request: OwnersRequest, of account: AccountID,
        under membership: Membership, to origin: CallOrigin,
        own: (Int64) async throws(StorageError) -> [String: ReplyValue]
    ) async -> RPCReply {
        let moment = await node.acceptance(of: origin, changing: request.target, of: account)
        var mine: [String: ReplyValue] = [:]
        func change() async -> [String: ReplyValue] {
            mine = await Self.entry(own, at: moment)
            node.transfers.changed(under: membership)
            return mine
        }
        if origin.isSwarmPeer { return .success(await change()) }
        var isDoneAlike = true
        var swarm = await everywhere(
            method, body, at: moment, under: membership, own: change,
            heard: { if !node.transfers.compareChange(mine, with: $1, of: $0) { isDoneAlike = false } })
        if !isDoneAlike, mine["failed"] == nil {
            do throws(StorageError) {
                try await node.environment.store.remember(request, of: account, at: moment)
            } catch {
                swarm[node.keys.ed25519.publicKey.hex] = .dictionary(Self.forgetful(error))
            }
        }
        return .success(node.stamped(["swarm": .dictionary(swarm)], membership))
    }

    /// A database that fails is an entry too, not a refusal.
    private static func entry(
        _ run: (Int64) async throws(StorageError) -> [String: ReplyValue], at moment: Int64
    ) async -> [String: ReplyValue] {
        do {
            return try await run(moment)
        } catch {
            return failed(error)
        }
    }

    /// The entry of a node that may have done its part, and cannot see to it that others will.
    private static func forgetful(_ error: StorageError) -> [String: ReplyValue] {
        var entry = failed(error)
        if error == .full {
            entry["reason"] = .text(
                "a member was not reached, and no more can be remembered for it of messages that are not here")
        }
        return entry
    }

    /// The entry of a node whose database failed, or is full.
    static func failed(_ error: StorageError) -> [String: ReplyValue] {
        var entry: [String: ReplyValue] = ["failed": .bool(true), "query_failure": .bool(true)]
        if !error.isForLackOfRoom { entry["reason"] = .text("\(error)") }
        return entry
    }
}

extension CallOrigin {
    /// Whether it is a copy of a request that another member accepted.
    var isSwarmPeer: Bool { if case .swarmPeer = self { true } else { false } }

    /// How old, in milliseconds, the time may be that `delete_all` and `expire_all` carry: a copy was on its way
    /// longer.
    var clockTolerance: Int64 { isSwarmPeer ? Limits.copiedSignatureTolerance : Limits.signatureTolerance }
}
