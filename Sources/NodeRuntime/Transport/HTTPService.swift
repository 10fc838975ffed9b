import SessionProtocol

/// Answers HTTP requests. The body is a promise, so that a request can be refused before it is read.
public typealias HTTPService = @Sendable (HTTPRequestHead, HTTPBody) async -> HTTPReply

/// A request up to its body.
public struct HTTPRequestHead: Sendable {
    /// Upper case, as sent.
    public var method: String
    /// Path with query, as sent.
    public var path: String
    /// Names in lower case; the last value wins where a name repeats.
    public var headers: [String: String]
    /// `nil` for peers that are not IPv4.
    public var clientAddress: IPv4Address?

    public init(method: String, path: String, headers: [String: String] = [:], clientAddress: IPv4Address? = nil) {
        self.method = method
        self.path = path
        self.headers = headers
        self.clientAddress = clientAddress
    }
}

/// Reads a request's body once.
public struct HTTPBody: Sendable {
    private let read: @Sendable (_ limit: Int) async throws -> Bytes

    public init(_ read: @escaping @Sendable (_ limit: Int) async throws -> Bytes) { self.read = read }

    /// A body that is already here.
    public init(_ bytes: Bytes) {
        self.init { limit in
            guard bytes.count <= limit else { throw TooLarge() }
            return bytes
        }
    }

    /// More bytes arrived than the reader allows.
    public struct TooLarge: Error {
        public init() {}
    }

    /// - Throws: ``TooLarge`` as soon as more than `limit` bytes have come, or what broke the connection.
    public func collect(upTo limit: Int) async throws -> Bytes { try await read(limit) }
}

/// A whole answer.
public struct HTTPReply: Sendable, Equatable {
    public var status: Int
    /// Beyond those the transport adds itself (`Date`, `Content-Length`). Names as they go on the wire.
    public var headers: [String: String]
    public var body: Bytes
    /// Ends the connection after this answer.
    public var closesConnection: Bool

    public init(status: Int, headers: [String: String] = [:], body: Bytes = [], closesConnection: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.closesConnection = closesConnection
    }
}

/// A request to be posted.
public struct OutgoingPost: Sendable {
    /// `http` or `https`, host, port and path.
    public var url: String
    public var headers: [String: String]
    public var body: Bytes
    public var timeout: Duration
    /// Node certificates are self-signed and nobody checks them; servers behind an onion are checked.
    public var verifiesCertificate: Bool
    /// The answer may not be larger.
    public var replyLimit: Int

    public init(
        url: String, headers: [String: String] = [:], body: Bytes, timeout: Duration, verifiesCertificate: Bool = false,
        replyLimit: Int = Limits.requestBytes
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.verifiesCertificate = verifiesCertificate
        self.replyLimit = replyLimit
    }
}
