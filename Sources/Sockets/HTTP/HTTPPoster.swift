import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NodeRuntime
import SessionProtocol

/// Makes a process's outgoing HTTP requests. Connections are kept for reuse, each by who made it: its source address
/// is part of what a connection is found by.
final class HTTPPoster: Sendable {
    private let trusting: HTTPClient
    private let checking: HTTPClient

    /// Shorter than a server keeps an unused connection (10 s), or a request may meet one that is just being closed.
    private static let idleTime = TimeAmount.seconds(5)
    private static let connectionsPerServer = 64

    init(group: any EventLoopGroup) {
        trusting = HTTPClient(eventLoopGroup: group, configuration: Self.configuration(.none))
        checking = HTTPClient(eventLoopGroup: group, configuration: Self.configuration(.fullVerification))
    }

    /// - Parameter source: the local address of the connection; `nil` leaves it to the system.
    func post(_ post: OutgoingPost, from source: SessionProtocol.IPv4Address?) async throws(TransportError) -> HTTPReply
    {
        var request = HTTPClientRequest(url: post.url)
        request.method = .POST
        request.localAddress = source.map { "\($0)" }
        request.headers = HTTPHeaders(post.headers.sorted { $0.key < $1.key })
        request.body = .bytes(ByteBuffer(bytes: post.body))
        let client = post.verifiesCertificate ? checking : trusting
        return try await Self.execute(
            client, request, name: post.url, timeout: post.timeout, replyLimit: post.replyLimit)
    }

    func shutdown() async {
        for client in [trusting, checking] {
            // Only "already shut down" can come, and that is what is wanted.
            _ = try? await client.shutdown()
        }
    }

    /// Sends a request and reads the whole answer.
    /// - Parameter name: how errors call the peer.
    static func execute(
        _ client: HTTPClient, _ request: HTTPClientRequest, name: String, timeout: Duration, replyLimit: Int
    ) async throws(TransportError) -> HTTPReply {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        do {
            let response = try await client.execute(request, deadline: deadline)
            let body = try await response.body.collect(upTo: replyLimit)
            var headers: [String: String] = [:]
            for (name, value) in response.headers { headers[name] = value }
            return HTTPReply(status: Int(response.status.code), headers: headers, body: Bytes(body.readableBytesView))
        } catch {
            throw failure(error, name: name, timeout: timeout, replyLimit: replyLimit)
        }
    }

    static func configuration(_ verification: CertificateVerification) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = verification
        tls.minimumTLSVersion = .tlsv12
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow, ignoreUncleanSSLShutdown: true)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.idleTimeout = idleTime
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsPerServer
        // A refused connection is the answer; whoever asks decides whether to ask again.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private static func failure(
        _ error: any Error, name: String, timeout: Duration, replyLimit: Int
    ) -> TransportError {
        if error is CancellationError { return .closed }
        if error is NIOTooManyBytesError {
            return .unreachable(address: name, reason: "its answer is longer than \(replyLimit) bytes")
        }
        switch error as? HTTPClientError {
        case .deadlineExceeded?, .connectTimeout?, .readTimeout?, .tlsHandshakeTimeout?, .getConnectionFromPoolTimeout?:
            return .timedOut(address: name, after: timeout)
        case .cancelled?, .alreadyShutdown?: return .closed
        default: return .unreachable(address: name, reason: reason(error))
        }
    }

    /// The library's text, which relays tell whoever asked them: without the places in its sources that TLS errors name.
    private static func reason(_ error: any Error) -> String { "\(error)".replacing(#/\ at /[^\s)\]]+/#, with: "") }
}
