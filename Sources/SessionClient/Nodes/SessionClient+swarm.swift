import NodeRuntime
import SessionProtocol

/// Who is to answer a request.
enum RequestTarget {
    /// Any node that is not on the path.
    case anyNode
    /// Any member of the account's swarm.
    case swarm(AccountID)
    /// This node and no other.
    case node(OnionNode)
}

/// A request's successful answer.
struct Answer {
    var node: OnionNode
    var body: JSON
}

extension SessionClient {
    /// Sends one request through the path until a node answers it with success, within the configured tries; a request
    /// to one node is tried once.
    ///
    /// - Parameter parameters: made anew for every try, because they carry the time and may depend on who is asked.
    func call(
        _ method: String, to target: RequestTarget, _ parameters: (Int64, OnionNode) -> JSON
    ) async throws(ClientError) -> Answer {
        var attempts = configuration.attempts
        if case .node = target { attempts = 1 }
        var attempt = 1
        while true {
            if Task.isCancelled { throw .cancelled }
            let (path, destination) = try await route(to: try await nodes(for: target))
            let failure: RouteFailure
            switch await outcome(of: method, parameters(networkTime, destination), through: path, to: destination) {
            case .success(let reply):
                if let answer = try accept(reply, to: method, from: destination) { return answer }
                await absorb(reply, from: destination, through: path, target: target)
                failure = RouteFailure(
                    route: (path.hops + [destination]).map(\.ed25519), url: path.url,
                    cause: .destination(status: reply.status, text: excerpt(reply.body)))
            case .failure(let error):
                failure = error
                await learn(from: error, on: path, to: destination)
            }
            guard attempt < attempts else {
                throw .requestFailed(method: method, attempts: attempt, last: failure)
            }
            try await pause(before: attempt)
            attempt += 1
        }
    }

    private func outcome(
        of method: String, _ parameters: JSON, through path: OnionPath, to destination: OnionNode
    ) async -> Result<OnionReply, RouteFailure> {
        do {
            return .success(
                try await exchange(
                    method, parameters, through: path, to: destination, timeout: configuration.requestTimeout))
        } catch {
            return .failure(error)
        }
    }

    /// - Returns: `nil` when another try may be answered better.
    private func accept(
        _ reply: OnionReply, to method: String, from node: OnionNode
    ) throws(ClientError) -> Answer? {
        switch reply.status {
        case 200:
            do {
                let body = try JSON(parsing: reply.body)
                offset.note(body, at: environment.clock.wallMilliseconds)
                return Answer(node: node, body: body)
            } catch {
                throw .badReply(method: method, node: node.ed25519, problem: "a body that is not JSON (\(error))")
            }
        case 406, 421, 500...: return nil
        default:
            throw .refused(method: method, node: node.ed25519, status: reply.status, text: excerpt(reply.body))
        }
    }

    /// Learns from an answer that was no success: 406 says that the clock is wrong, 421 names the right swarm, anything
    /// else speaks against the node.
    private func absorb(
        _ reply: OnionReply, from node: OnionNode, through path: OnionPath, target: RequestTarget
    ) async {
        switch (reply.status, target) {
        case (406, _): await readClock(of: node, through: path)
        case (421, .swarm(let account)):
            // A body that is no JSON names no swarm, which is the second case below.
            let body = try? JSON(parsing: reply.body)
            if let members = body.flatMap({ members(in: $0) }), !members.isEmpty {
                swarms[account] = members
            } else {
                swarms[account]?.removeAll { $0 == node }
            }
        default: avoid([node.ed25519])
        }
    }

    private func readClock(of node: OnionNode, through path: OnionPath) async {
        guard case .success(let reply) = await outcome(of: "info", [:], through: path, to: node),
            // Without a time in it the reply changes nothing, and the next try is refused as this one was.
            let body = try? JSON(parsing: reply.body)
        else { return }
        offset = ClockOffset()
        offset.note(body, at: environment.clock.wallMilliseconds)
    }

    private func nodes(for target: RequestTarget) async throws(ClientError) -> [OnionNode] {
        switch target {
        case .node(let node): return [node]
        case .anyNode:
            guard let list else { throw .notStarted }
            return list.onionNodes
        case .swarm(let account):
            if let members = swarms[account], !members.isEmpty { return members }
            return try await lookUpSwarm(of: account)
        }
    }

    /// Asks a random node who stores the account's messages (clients.md §3.7).
    private func lookUpSwarm(of account: AccountID) async throws(ClientError) -> [OnionNode] {
        let answer = try await call("get_swarm", to: .anyNode) { _, _ in ["pubkey": .string(account.hex)] }
        guard let members = members(in: answer.body) else {
            throw .badReply(method: "get_swarm", node: answer.node.ed25519, problem: "no list of snodes")
        }
        guard !members.isEmpty else { throw .noSwarm(account) }
        swarms[account] = members
        return members
    }

    private func members(in body: JSON) -> [OnionNode]? {
        guard let list, let snodes = body["snodes"]?.asArray else { return nil }
        return snodes.compactMap { OnionNode(snode: $0, list: list) }
    }

    /// Chooses who is asked, and a path that does not contain it.
    private func route(to candidates: [OnionNode]) async throws(ClientError) -> (OnionPath, OnionNode) {
        let path = try await readyPath()
        // One more than the path has nodes: one of them is not on it.
        let order = chosen(OnionPath.length + 1, of: candidates, key: \.ed25519)
        guard let first = order.first else { preconditionFailure("a request needs a node to go to") }
        if let destination = order.first(where: { !path.contains($0.ed25519) }),
            !isAvoided(destination.ed25519) || isAvoided(first.ed25519)
        {
            return (path, destination)
        }
        return (try await readyPath(without: first.ed25519), first)
    }
}
