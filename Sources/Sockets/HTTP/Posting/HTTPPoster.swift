import NIOCore
import NIOHTTP1
import NodeRuntime
import SessionProtocol

/// Makes a process's outgoing HTTP requests. Connections are kept for reuse, each by who made it: its source address
/// is part of what a connection is found by.
///
/// May be let go of without ``shutdown()``: what it still has open ends with its event loops.
final class HTTPPoster: Sendable {
    /// One for each event loop. A route belongs to one of them, so that nothing is shared between threads.
    private let pools: [NIOLoopBoundBox<PostConnections>]
    private let open = OpenConnections(limit: .max)
    private let tls = ClientTLS()

    init(group: any EventLoopGroup) {
        let open = open
        pools = group.makeIterator().map { loop in
            NIOLoopBoundBox.makeBoxSendingValue(PostConnections(loop, open), eventLoop: loop)
        }
    }

    /// - Parameter source: the local address of the connection; `nil` leaves it to the system.
    func post(_ post: OutgoingPost, from source: SessionProtocol.IPv4Address?) async throws(TransportError) -> HTTPReply
    {
        guard let url = PostURL(post.url) else {
            throw .unreachable(address: post.url, reason: "it is not an address of a server")
        }
        var security = PostRoute.Security.none
        if url.isEncrypted {
            security = try tls.security(verified: post.verifiesCertificate, name: post.url)
        }
        var head = NIOHTTP1.HTTPRequestHead(
            version: .http1_1, method: .POST, uri: url.path,
            headers: HTTPHeaders(post.headers.sorted { $0.key < $1.key }))
        if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: url.authority) }
        return try await answer(
            to: PostRequest(
                PostRoute(.host(url.host, port: url.port), security, from: source), head, post.body, name: post.url,
                timeout: post.timeout, replyLimit: post.replyLimit))
    }

    /// Asks who listens on a Unix socket.
    func request(
        socketPath: String, method: String, path: String, body: Bytes, timeout: Duration, replyLimit: Int
    ) async throws(TransportError) -> HTTPReply {
        let head = NIOHTTP1.HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: PostURL.encoded(path),
            headers: ["Host": "localhost"])
        return try await answer(
            to: PostRequest(
                PostRoute(.socket(path: socketPath), .none, from: nil), head, body, name: socketPath,
                timeout: timeout, replyLimit: replyLimit))
    }

    /// Cuts every connection; requests end with ``TransportError/closed``, now and from now on.
    func shutdown() async {
        for pool in pools {
            // Fails only when the loop has ended, and with it all that could be closed.
            try? await pool.eventLoop.submit { pool.value.close() }.get()
        }
        await open.cut()
    }

    private func answer(to request: PostRequest) async throws(TransportError) -> HTTPReply {
        let pool = pools[Int(UInt(bitPattern: request.route.hashValue) % UInt(pools.count))]
        pool.eventLoop.execute { pool.value.send(request) }
        let result = await request.outcome.value(whenCancelled: .failure(.closed))
        if Task.isCancelled { pool.eventLoop.execute { pool.value.abandon(request) } }
        return try result.get()
    }
}
