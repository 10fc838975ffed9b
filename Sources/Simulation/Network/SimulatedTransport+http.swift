import Faults
import NodeRuntime
import SessionProtocol

/// A posted request that waits for its answer.
struct PendingPost {
    var link: SimulatedLink
    var request: OutgoingPost
    var url: SimulatedURL
    var timer: TimerQueue.ID
    var continuation: UnsafeContinuation<Result<HTTPReply, TransportError>, Never>
}

extension SimulatedTransport {
    public func post(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply {
        guard let url = SimulatedURL(request.url) else {
            throw .unreachable(address: request.url, reason: "a simulation knows only addresses of its own hosts")
        }
        let id = network.newNumber()
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation {
                (continuation: UnsafeContinuation<Result<HTTPReply, TransportError>, Never>) in
                guard isOpen, !Task.isCancelled else { return continuation.resume(returning: .failure(.closed)) }
                send(request, to: url, id: id, continuation)
            }
        } onCancel: {
            abandon(post: id, .closed)
        }
        return try result.get()
    }

    private func send(
        _ request: OutgoingPost, to url: SimulatedURL, id: UInt64,
        _ continuation: UnsafeContinuation<Result<HTTPReply, TransportError>, Never>
    ) {
        let timer = executor.schedule(after: request.timeout.wholeNanoseconds) { [self] in expire(post: id) }
        let link = httpLink(to: url.target)
        link.post = id
        posts[id] = PendingPost(link: link, request: request, url: url, timer: timer, continuation: continuation)
        let head = HTTPRequestHead(
            method: "POST", path: url.path,
            headers: request.servedHeaders,
            clientAddress: host.address)
        let work = HTTPWork(link: link, id: id, name: "POST \(url.path)")
        link.sendToServer(.post, name: work.name, size: request.body.count) { $0.serve(head, request.body, work) }
    }

    private func httpLink(to target: SocketAddress) -> SimulatedLink {
        let links = httpLinks[target] ?? []
        if let idle = links.first(where: { $0.post == nil }) { return idle }
        let link = SimulatedLink(
            id: network.newNumber(), from: self, to: target, peer: nil, ordinal: links.count, network: network)
        httpLinks[target] = links + [link]
        link.connect()
        return link
    }

    private func serve(_ head: HTTPRequestHead, _ body: Bytes, _ work: HTTPWork) {
        guard let service = services.http else { return }
        let handler = handle { [self] number in
            let reply = await service(head, HTTPBody(body))
            work.link.handlers.removeAll { $0 == number }
            guard isOpen else { return }
            work.link.sendToClient(.postReply, name: work.name, size: reply.body.count) { $0.take(reply, work) }
        }
        work.link.handlers.append(handler)
    }

    private func take(_ reply: HTTPReply, _ work: HTTPWork) {
        // A copy of an answer that is here already means nothing.
        guard work.link.post == work.id, let request = posts[work.id]?.request else { return }
        guard reply.body.count <= request.replyLimit else {
            let reason = "its answer is longer than \(request.replyLimit) bytes"
            return abandon(post: work.id, .unreachable(address: request.url, reason: reason))
        }
        finish(post: work.id, .success(reply))
        if reply.closesConnection { work.link.end(by: .client, .broken("the server closed the connection")) }
    }

    private func expire(post id: UInt64) {
        guard !host.isWaiting else { return host.waitForTimeout { [self] in expire(post: id) } }
        guard let request = posts[id]?.request else { return }
        abandon(post: id, .timedOut(address: request.url, after: request.timeout))
    }

    /// Gives a post's result to whoever waits for it; does nothing the second time.
    private func finish(post id: UInt64, _ result: Result<HTTPReply, TransportError>) {
        guard let pending = posts.removeValue(forKey: id) else { return }
        pending.link.post = nil
        executor.cancel(pending.timer)
        pending.continuation.resume(returning: result)
    }

    /// Its connection is over.
    func fail(post id: UInt64, _ end: SimulatedLink.End) {
        guard isOpen, let request = posts[id]?.request else { return finish(post: id, .failure(.closed)) }
        switch end {
        case .broken(let reason): finish(post: id, .failure(.unreachable(address: request.url, reason: reason)))
        case .notMade: finish(post: id, .failure(.timedOut(address: request.url, after: request.timeout)))
        }
    }

    /// Gives a post up: its connection cannot serve another one, because the answer may still come.
    private func abandon(post id: UInt64, _ error: TransportError) {
        guard let link = posts[id]?.link else { return }
        finish(post: id, .failure(error))
        link.end(by: .client, .broken("a request was given up"))
    }
}

/// Where the answer of a running service goes. Unchecked: belongs to the simulation's thread.
private struct HTTPWork: @unchecked Sendable {
    var link: SimulatedLink
    var id: UInt64
    var name: String
}

/// The parts of `https://10.0.0.1:22021/onion_req/v2` and the like; other hosts than addresses do not exist here.
struct SimulatedURL {
    var target: SocketAddress
    var path: String

    init?(_ text: String) {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPv4Address($0) }) else { return nil }
        var port: UInt16 = isSecure ? 443 : 80
        if parts.count == 2 {
            guard let given = UInt16(parts[1]) else { return nil }
            port = given
        }
        target = SocketAddress(address: address, port: port)
        path = authority.endIndex == rest.endIndex ? "/" : String(rest[authority.endIndex...])
    }
}

extension OutgoingPost {
    /// Names in lower case, as servers see them. The length is said as every client says it: what a server does before it
    /// reads a body depends on it.
    fileprivate var servedHeaders: [String: String] {
        let given = headers.map { ($0.key.lowercased(), $0.value) }
        return Dictionary(given + [("content-length", "\(body.count)")]) { _, last in last }
    }
}
