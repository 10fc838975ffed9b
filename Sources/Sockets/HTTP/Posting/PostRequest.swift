import NIOCore
import NIOHTTP1
import NodeRuntime
import SessionProtocol

/// Where a request goes and how. Requests of equal routes share their connections.
struct PostRoute: Hashable, Sendable {
    enum Server: Hashable, Sendable {
        case host(String, port: Int)
        case socket(path: String)
    }

    /// The context says whether certificates are checked; there is one of each kind.
    enum Security: Hashable, Sendable {
        case none
        case tls(TLSContext)

        static func == (left: Self, right: Self) -> Bool {
            switch (left, right) {
            case (.none, .none): true
            case (.tls(let left), .tls(let right)): left === right
            default: false
            }
        }

        func hash(into hasher: inout Hasher) {
            if case .tls(let context) = self { hasher.combine(ObjectIdentifier(context)) }
        }
    }

    let server: Server
    let security: Security
    /// `nil` leaves it to the system.
    let source: SessionProtocol.IPv4Address?

    init(_ server: Server, _ security: Security, from source: SessionProtocol.IPv4Address?) {
        self.server = server
        self.security = security
        self.source = source
    }
}

/// A request, and where its outcome is waited for.
struct PostRequest: Sendable {
    let route: PostRoute
    let head: NIOHTTP1.HTTPRequestHead
    let body: ByteBuffer
    /// How errors call the server.
    let name: String
    let timeout: Duration
    let deadline: NIODeadline
    /// The answer may not be longer.
    let replyLimit: Int
    let outcome = OneShot<Result<HTTPReply, TransportError>>()

    init(
        _ route: PostRoute, _ head: NIOHTTP1.HTTPRequestHead, _ body: Bytes, name: String, timeout: Duration,
        replyLimit: Int
    ) {
        var head = head
        if !body.isEmpty || head.method == .POST {
            head.headers.replaceOrAdd(name: "Content-Length", value: "\(body.count)")
        }
        self.route = route
        self.head = head
        self.body = ByteBuffer(bytes: body)
        self.name = name
        self.timeout = timeout
        deadline = .now() + TimeAmount(timeout)
        self.replyLimit = replyLimit
    }
}

/// A request on its way. Lives on the event loop of its route.
final class PostErrand {
    let request: PostRequest
    private var timer: Scheduled<Void>?

    /// Ends by itself at the request's deadline; `late` is called then.
    init(_ request: PostRequest, on loop: any EventLoop, late: @escaping @Sendable () -> Void) {
        self.request = request
        timer = loop.scheduleTask(deadline: request.deadline) {
            request.outcome.give(.failure(.timedOut(address: request.name, after: request.timeout)))
            late()
        }
    }

    /// Whoever asked has an outcome already, or has gone.
    var isOver: Bool { request.outcome.isGiven }

    func end(_ result: Result<HTTPReply, TransportError>) {
        timer?.cancel()
        timer = nil
        request.outcome.give(result)
    }

    func fail(_ error: any Error) {
        if case ChannelError.connectTimeout? = error as? ChannelError {
            end(.failure(.timedOut(address: request.name, after: request.timeout)))
        } else {
            end(.failure(.unreachable(address: request.name, reason: PostFailure.reason(of: error))))
        }
    }
}
