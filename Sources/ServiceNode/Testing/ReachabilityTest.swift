import NodeRuntime
import SessionProtocol

/// One test whether a node can be reached by everybody: over HTTPS and over the message queue, together (storage-node
/// §9.1). QUIC, which hard fork 19.4 adds to it, counts as passed.
struct ReachabilityTest: Sendable {
    let transport: any Transport
    /// How this node names itself over HTTP.
    let userAgent: String

    /// For each of the two.
    static let patience = Duration.seconds(5)
    /// The answer has no body; somebody else's server may send one.
    private static let replyLimit = 65_536

    /// - Returns: why it failed; `nil` when both were passed.
    func run(on node: NodeRecord) async -> String? {
        async let web = overHTTPS(node)
        let queue = await overQueue(node)
        return await web ?? queue
    }

    private func overHTTPS(_ node: NodeRecord) async -> String? {
        let request = OutgoingPost(
            url: "https://\(node.address):\(node.httpsPort)/ping_test/v1",
            headers: [
                "Host": Base32z.encode(node.ed25519.bytes) + ".snode", "User-Agent": userAgent,
                "Content-Type": "application/octet-stream",
            ], body: [], timeout: Self.patience, replyLimit: Self.replyLimit)
        do {
            let reply = try await transport.post(request)
            guard reply.status == 200 else { return "HTTPS: status \(reply.status) in place of 200" }
            let key = reply.headers.first { $0.key.lowercased() == "x-oxen-snode-pubkey" }?.value
            guard let key, Base64.decode(key) == node.legacy.bytes else {
                return "HTTPS: somebody else answers there"
            }
            return nil
        } catch {
            return "HTTPS: \(error)"
        }
    }

    private func overQueue(_ node: NodeRecord) async -> String? {
        switch await transport.request(node.peer, "sn.ping", [], timeout: Self.patience) {
        case .reply: nil
        case .refused(let word): "message queue: refused with \(word)"
        case .timedOut: "message queue: no answer within \(Self.patience)"
        case .unreachable(let reason): "message queue: \(reason)"
        }
    }
}
