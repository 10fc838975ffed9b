import SessionCrypto
import SessionProtocol

/// A client's request, run by every member of the swarm (storage-node §3.6, §8.1).
struct SwarmCall: Sendable {
    let node: NodeState

    /// Sends the copies first, then runs the request here, then waits: the slowest of all decides, not their sum.
    ///
    /// - Parameters:
    ///   - method: the method's primary name.
    ///   - body: the request as a peer is to get it. It checks everything itself.
    ///   - own: runs the request here; this node's entry. It ends before `heard` is called for the first time.
    ///   - heard: called with each peer's entry as it comes in.
    /// - Returns: the entries of all members by their Ed25519 keys in hex: the reply's `swarm`.
    func everywhere(
        _ method: String, _ body: Bencode, under membership: Membership, own: () async -> [String: ReplyValue],
        heard: (NodeRecord, [String: ReplyValue]) -> Void
    ) async -> [String: ReplyValue] {
        let copy = body.encoded
        var swarm: [String: ReplyValue] = [:]
        await withTaskGroup(of: (NodeRecord, [String: ReplyValue]).self) { group in
            for peer in membership.peers {
                group.addTask { (peer, await node.peers.forward(method, copy, to: peer)) }
            }
            swarm[node.keys.ed25519.publicKey.hex] = .dictionary(await own())
            for await (peer, entry) in group {
                swarm[peer.ed25519.hex] = .dictionary(entry)
                heard(peer, entry)
            }
        }
        return swarm
    }

    /// As above, for methods that change what is kept: a peer that failed is brought up to date later.
    func everywhere(
        _ method: String, _ body: Bencode, under membership: Membership, own: () async -> [String: ReplyValue]
    ) async -> [String: ReplyValue] {
        await everywhere(method, body, under: membership, own: own, heard: { _, _ in })
    }
}
