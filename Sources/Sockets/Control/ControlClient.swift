import NIOPosix
import NodeRuntime
import SessionProtocol

/// Talks to a ``ControlServer``.
public enum ControlClient {
    /// Lives as long as the process, which needs no other preparation to ask.
    private static let poster = HTTPPoster(group: MultiThreadedEventLoopGroup.singleton)

    /// - Parameters:
    ///   - path: with query, starting with a slash.
    ///   - replyLimit: the answer may not be longer.
    /// - Throws: ``TransportError``
    public static func request(
        socketPath: String, method: String, path: String, body: Bytes = [], timeout: Duration,
        replyLimit: Int = 1 << 30
    ) async throws(TransportError) -> HTTPReply {
        try await poster.request(
            socketPath: socketPath, method: method, path: path, body: body, timeout: timeout, replyLimit: replyLimit)
    }
}
