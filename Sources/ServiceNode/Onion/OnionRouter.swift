import NodeRuntime
import SessionCrypto
import SessionProtocol

/// Opens one layer of an onion and does what it says: run the request, hand the rest to the next node, or post it to a server
/// (storage-node §7.3).
struct OnionRouter: Sendable {
    let node: NodeState
    let methods: MethodTable

    static let hopTimeout = Duration.seconds(30)

    /// Takes one hop. Every failure is an answer.
    /// - Parameter isRelayed: whether a node sent it. Only then has its number a limit: what a client tells its guard is
    ///   for the client to choose (storage-node §17).
    func route(_ hop: OnionHop, isRelayed: Bool) async -> OnionAnswer {
        node.statistics.count(.onion)
        guard node.membership.reasonNotReady == nil else {
            return OnionAnswer(503, "Snode not ready: \(node.keys.ed25519.publicKey.hex)")
        }
        guard !isRelayed || hop.number <= Limits.onionHops else {
            return OnionAnswer(400, "onion request max path length exceeded")
        }
        let key: OnionKey
        let plaintext: Bytes
        do {
            key = try OnionKey(node: node.keys.x25519, client: hop.ephemeralKey, cipher: hop.cipher)
            plaintext = try key.open(hop.data)
        } catch {
            return OnionAnswer(400, "Invalid ciphertext")
        }
        let reply = OnionReply(key: key, cipher: hop.cipher, randomness: node.environment.randomness)
        let layer: OnionLayer
        do {
            layer = try OnionLayer(parsing: plaintext)
        } catch {
            return reply.sealed(.text("Invalid json"), status: 400)
        }
        return await act(on: layer, plaintext: plaintext, hop: hop.number, reply)
    }

    /// Does what an opened layer says.
    /// - Parameters:
    ///   - plaintext: the whole layer.
    ///   - hop: the number under which it came.
    func act(on layer: OnionLayer, plaintext: Bytes, hop: Int, _ reply: OnionReply) async -> OnionAnswer {
        switch layer {
        case .final(let request, let asObject, let inBase64):
            return await answer(request, with: reply, asObject: asObject, inBase64: inBase64)
        case .node(let destination, let ephemeralKey, let cipher, let data):
            let next = OnionHop(data: data, cipher: cipher, ephemeralKey: ephemeralKey, number: hop + 1)
            return await relay(next, to: destination)
        case .server(let host, let port, let scheme, let target):
            guard let url = OnionServerTarget.url(scheme: scheme, host: host, port: port, target: target) else {
                return reply.sealed(.text("Invalid url"), status: 400)
            }
            return await post(plaintext, to: url)
        }
    }

    private func answer(_ request: Bytes, with reply: OnionReply, asObject: Bool, inBase64: Bool) async -> OnionAnswer {
        // A table may have come in while the layer was opened.
        guard node.membership.reasonNotReady == nil else {
            return reply.sealed(.text("Snode not ready"), status: 503, inBase64: inBase64)
        }
        let result = await methods.call(envelope: request, origin: .onion)
        return switch result.body {
        case .text(let text): reply.sealed(.text(text), status: result.status, inBase64: inBase64)
        case .value(let value):
            reply.sealed(
                asObject
                    ? .object(ReplyValue.dictionary(value).json)
                    : .text(String(decoding: ReplyValue.dictionary(value).jsonUTF8, as: UTF8.self)),
                status: result.status, inBase64: inBase64)
        }
    }

    private func relay(_ hop: OnionHop, to destination: Ed25519PublicKey) async -> OnionAnswer {
        guard let next = node.membership.current?.node(destination) else {
            return OnionAnswer(502, "Next node not found: \(destination.hex)")
        }
        let outcome = await node.environment.transport.request(
            next.peer, "sn.onion_request", [hop.encoded], timeout: Self.hopTimeout)
        guard case .reply(let parts) = outcome else { return OnionAnswer(504, "Request time out") }
        guard parts.count >= 2 else { return OnionAnswer(500, "Invalid response from snode") }
        return OnionAnswer(status: Self.knownStatus(parts[0]), body: parts[1])
    }

    /// A status this protocol has, as the next hop sent it; anything else is 500.
    private static func knownStatus(_ text: Bytes) -> Int {
        guard let status = Int(String(decoding: text, as: UTF8.self)), HTTPStatus.isKnown(status) else { return 500 }
        return status
    }

    private func post(_ layer: Bytes, to url: String) async -> OnionAnswer {
        node.statistics.count(.proxy)
        let request = OutgoingPost(
            url: url,
            headers: [
                "User-Agent": node.configuration.userAgent,
                "Content-Type": "application/octet-stream",
            ],
            body: layer, timeout: OnionServerTarget.timeout, verifiesCertificate: true)
        do {
            let reply = try await node.environment.transport.post(request)
            return OnionAnswer(
                status: reply.status, body: reply.body, headers: OnionServerTarget.passedOn(reply.headers))
        } catch {
            if case .timedOut = error { return OnionAnswer(504, "\(error)") }
            return OnionAnswer(502, "\(error)")
        }
    }
}
