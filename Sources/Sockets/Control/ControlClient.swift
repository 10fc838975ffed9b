import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NodeRuntime
import SessionProtocol

/// Talks to a ``ControlServer``.
public enum ControlClient {
    /// Lives as long as the process, which needs no other preparation to ask.
    private static let client = HTTPClient(
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: HTTPPoster.configuration(.none))

    /// - Parameters:
    ///   - path: with query, starting with a slash.
    ///   - replyLimit: the answer may not be longer.
    /// - Throws: ``TransportError``
    public static func request(
        socketPath: String, method: String, path: String, body: Bytes = [], timeout: Duration,
        replyLimit: Int = 1 << 30
    ) async throws(TransportError) -> HTTPReply {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        var host = ""
        for byte in socketPath.utf8 {
            host += unreserved.contains(byte) ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte])
        }
        var request = HTTPClientRequest(url: "http+unix://\(host)\(path)")
        request.method = HTTPMethod(rawValue: method)
        if !body.isEmpty { request.body = .bytes(ByteBuffer(bytes: body)) }
        return try await HTTPPoster.execute(
            client, request, name: socketPath, timeout: timeout, replyLimit: replyLimit)
    }
}
