import NodeRuntime
import SessionCrypto
import SessionProtocol

extension SessionClient {
    /// The path in use, built first if there is none.
    func readyPath(without excluded: Ed25519PublicKey? = nil) async throws(ClientError) -> OnionPath {
        while isBuildingPath {
            await withCheckedContinuation { pathWaiters.append($0) }
        }
        if let path, excluded.map({ !path.contains($0) }) ?? true { return path }
        isBuildingPath = true
        defer {
            isBuildingPath = false
            for waiter in pathWaiters { waiter.resume() }
            pathWaiters = []
        }
        let built = try await buildPath(without: excluded)
        path = built
        return built
    }

    /// Gives the path up, unless another one has replaced it meanwhile.
    func retire(_ failed: OnionPath) {
        if path == failed { path = nil }
    }

    /// Tries random paths until one carries an answer from its last hop and back. When none does, the nodes it knows may have
    /// left: it asks the seed address for those there are now, and tries again if they are others.
    private func buildPath(without excluded: Ed25519PublicKey?) async throws(ClientError) -> OnionPath {
        let started = environment.clock.uptime
        var isListFresh = false
        var attempt = 1
        while true {
            let candidate = try candidatePath(without: excluded)
            let failure: RouteFailure
            do {
                let proof = try await prove(candidate)
                report(candidate, proof: proof, since: started)
                return candidate
            } catch {
                failure = error
            }
            avoid(culprits(of: failure))
            if attempt == configuration.pathAttempts {
                guard !isListFresh, await refetchList() else {
                    throw .pathNotBuilt(attempts: attempt, last: failure)
                }
                isListFresh = true
                attempt = 1
                continue
            }
            try await pause(before: attempt)
            attempt += 1
        }
    }

    private func candidatePath(without excluded: Ed25519PublicKey?) throws(ClientError) -> OnionPath {
        guard let list else { throw .notStarted }
        let candidates = list.nodes.count - (excluded.flatMap(list.node) == nil ? 0 : 1)
        guard candidates >= OnionPath.length else {
            throw .tooFewNodes(known: list.nodes.count, needed: OnionPath.length + 1)
        }
        return OnionPath(chosen(OnionPath.length, of: list.nodes, without: excluded, key: \.keys.ed25519))
    }

    /// Sends the building request to the last hop, whose readable answer proves every hop.
    ///
    /// - Returns: the method that was answered with success. Nodes that do not know `path_build` are asked for `info`.
    func prove(_ candidate: OnionPath) async throws(RouteFailure) -> String {
        let timeout = configuration.pathTimeout
        var method = "path_build"
        var reply = try await exchange(method, [:], through: candidate, to: nil, timeout: timeout)
        if reply.status == 400, excerpt(reply.body) == "no method path_build" {
            method = "info"
            reply = try await exchange(method, [:], through: candidate, to: nil, timeout: timeout)
        }
        guard reply.status == 200 else {
            throw RouteFailure(
                route: candidate.hops.map(\.ed25519), url: candidate.url,
                cause: .destination(status: reply.status, text: excerpt(reply.body)))
        }
        return method
    }

    /// Sends one onion and opens its answer.
    ///
    /// - Parameter destination: who answers, behind the path; `nil` for the path's own last hop.
    func exchange(
        _ method: String, _ parameters: JSON, through path: OnionPath, to destination: OnionNode?, timeout: Duration
    ) async throws(RouteFailure) -> OnionReply {
        let route = path.hops + (destination.map { [$0] } ?? [])
        let failure = { (cause: RouteFailure.Cause) in
            RouteFailure(route: route.map(\.ed25519), url: path.url, cause: cause)
        }
        let request: JSON = ["method": .string(method), "params": parameters]
        let onion: OnionRequest
        do {
            onion = try OnionRequest(
                request.utf8, through: route, cipher: configuration.cipher, randomness: environment.randomness)
        } catch {
            guard case .lowOrderKey(let key) = error, let node = route.first(where: { $0.x25519 == key }) else {
                preconditionFailure("keys and nonces are drawn with their right lengths: \(error)")
            }
            throw failure(.badKey(node.ed25519))
        }
        let post = OutgoingPost(
            url: path.url, headers: ["User-Agent": "WhatsApp", "Accept-Language": "en-us"], body: onion.body,
            timeout: timeout)
        let answer: HTTPReply
        do {
            answer = try await environment.transport.post(post)
        } catch {
            if case .timedOut = error { throw failure(.timedOut) }
            throw failure(.guardUnreachable(error))
        }
        guard answer.status == 200 else {
            throw failure(RouteFailure.cause(status: answer.status, body: answer.body))
        }
        do {
            return try onion.open(answer.body)
        } catch {
            throw failure(.badReply(error))
        }
    }

    private func report(_ path: OnionPath, proof: String, since started: Duration) {
        environment.events.record(
            Event(
                .pathBuilt, from: name,
                [
                    "client": .string(configuration.name), "account": .string(identity.account.hex),
                    "hops": .array(path.hops.map { .string($0.ed25519.hex) }), "proof": .string(proof),
                    "milliseconds": .integer((environment.clock.uptime - started).wholeMilliseconds),
                ]))
    }
}

extension Duration {
    /// Rounded towards zero.
    var wholeMilliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
