import NodeRuntime
import SessionCrypto
import SessionProtocol

/// What the node serves over HTTPS: client calls, onions, and the reachability ping (storage-node §2.1).
struct HTTPInterface: Sendable {
    let node: NodeState
    let methods: MethodTable
    let onions: OnionRouter

    private static let busy = "Server busy, try again later"

    func respond(to head: HTTPRequestHead, body: HTTPBody) async -> HTTPReply {
        let path = head.path.prefix { $0 != "?" }
        var reply: HTTPReply =
            switch (head.method, path) {
            case ("POST", "/ping_test/v1"): ping()
            case ("POST", "/storage_rpc/v1"): await storageRPC(head, body)
            case ("POST", "/onion_req/v2"): await onion(head, body)
            case ("GET", "/get_stats/v1"): json(["version": .string(node.configuration.version.description)])
            default: text(404, "\(head.method.lowercased()) \(path) Not Found")
            }
        reply.headers["Server"] = node.configuration.userAgent
        return reply
    }

    /// Answered before the body is read and whatever the node's state: it only proves who is here.
    private func ping() -> HTTPReply {
        HTTPReply(
            status: 200,
            headers: [
                "Content-Type": "text/plain", "X-Oxen-Snode-Pubkey": Base64.encode(node.keys.legacy.publicKey.bytes),
            ])
    }

    private func storageRPC(_ head: HTTPRequestHead, _ body: HTTPBody) async -> HTTPReply {
        if let refusal = notReady() { return refusal }
        guard let client = head.clientAddress else { return text(400, "Bad Request\n") }
        guard node.limits.admit(client, at: .https) else { return text(429, "Too Many Requests\n") }
        if let header = head.headers["x-loki-long-poll"], !header.isEmpty {
            return text(410, "long polling is no longer supported, client upgrade required")
        }
        return await withBody(head, body) { bytes in
            let reply = await methods.call(envelope: bytes, origin: .client)
            return switch reply.body {
            case .text(let message): text(reply.status, message)
            case .value: json(reply.status, reply.encoded(in: .json).body)
            }
        }
    }

    private func onion(_ head: HTTPRequestHead, _ body: HTTPBody) async -> HTTPReply {
        if let refusal = notReady() { return refusal }
        return await withBody(head, body) { bytes in
            let hop: OnionHop
            do {
                hop = try OnionHop(parsingEntry: bytes)
            } catch {
                return text(400, "Error parsing onion request: \(error)")
            }
            let answer = await onions.route(hop, isRelayed: false)
            var reply = HTTPReply(status: answer.status, headers: answer.headers, body: answer.body)
            if !reply.headers.keys.contains(where: { $0.lowercased() == "content-type" }) {
                reply.headers["Content-Type"] = "text/plain"
            }
            return reply
        }
    }

    private func notReady() -> HTTPReply? {
        node.membership.reasonNotReady.map { text(503, "Service node is not ready: \($0)\n") }
    }

    /// Reads the body within its limit, or says why not.
    private func withBody(
        _ head: HTTPRequestHead, _ body: HTTPBody, _ handle: (Bytes) async -> HTTPReply
    ) async -> HTTPReply {
        // Without a length it may be as long as any.
        var length = Limits.requestBytes
        if let declared = head.headers["content-length"] {
            guard let count = UInt64(digits: declared) else {
                return text(400, "invalid Content-Length", closes: true)
            }
            guard count <= Limits.requestBytes else { return text(413, "Request body too large", closes: true) }
            length = Int(count)
        }
        // Before it is read, as it is the reading that takes memory; what is refused then is not read.
        return await node.limits.clientRoom.holding(length, for: head.clientAddress.map(WorkRoom.Caller.address)) {
            outcome in
            switch outcome {
            case .callerHasTooMuch: text(429, "Too Many Requests\n", closes: true)
            case .nodeHasTooMuch, .taken: text(503, Self.busy, closes: true)
            }
        } _: {
            await withReadBody(body, handle)
        }
    }

    private func withReadBody(_ body: HTTPBody, _ handle: (Bytes) async -> HTTPReply) async -> HTTPReply {
        let bytes: Bytes
        do {
            bytes = try await body.collect(upTo: Limits.requestBytes)
        } catch is HTTPBody.TooLarge {
            return text(413, "Request body too large", closes: true)
        } catch {
            // The connection broke while the body came in: whatever is answered, nobody is there to read it.
            return text(400, "Bad Request\n", closes: true)
        }
        return await node.limits.asWorker { await handle(bytes) } ?? text(503, Self.busy)
    }

    private func text(_ status: Int, _ message: String, closes: Bool = false) -> HTTPReply {
        HTTPReply(
            status: status, headers: ["Content-Type": "text/plain"], body: Bytes(message.utf8), closesConnection: closes
        )
    }

    private func json(_ status: Int, _ body: Bytes) -> HTTPReply {
        HTTPReply(status: status, headers: ["Content-Type": "application/json"], body: body)
    }

    private func json(_ value: JSON) -> HTTPReply { json(200, value.utf8) }
}
