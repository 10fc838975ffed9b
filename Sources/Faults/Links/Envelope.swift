import SessionProtocol

/// One message about to cross a link, as far as rules look at it.
public struct Envelope: Sendable, Equatable {
    /// What part a message plays. Message queue: ``connect`` opens a connection, ``request`` is answered by ``reply``,
    /// ``push`` by nothing. HTTP: ``post`` is answered by ``postReply``; opening a connection for it is a ``connect``
    /// too.
    public enum Kind: String, Sendable, CaseIterable {
        case connect
        case request
        case reply
        case push
        case post
        case postReply
    }

    /// Who sends this very message; of a reply, the one who answers.
    public var from: IPv4Address
    /// Who is to get it.
    public var to: IPv4Address
    /// What part it plays.
    public var kind: Kind
    /// The command or path: `sn.storage_cc`, `POST /onion_req/v2`. A reply has its request's. A literal costs nothing
    /// to carry; a string put together for every message would.
    public var name: String
    /// Bytes, without the framing of the transport.
    public var size: Int
    /// When it is sent: the sender's uptime, or the simulation's time.
    public var at: Duration

    /// A message with each of its properties.
    public init(from: IPv4Address, to: IPv4Address, kind: Kind, name: String, size: Int, at: Duration) {
        self.from = from
        self.to = to
        self.kind = kind
        self.name = name
        self.size = size
        self.at = at
    }
}

extension Envelope {
    /// A set of message kinds.
    public struct Kinds: OptionSet, Sendable, Hashable {
        /// One bit a kind, the lowest for ``Envelope/Kind/connect``, in the order of ``Envelope/Kind``.
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The set of one kind.
        public init(_ kind: Kind) {
            rawValue =
                switch kind {
                case .connect: 1
                case .request: 2
                case .reply: 4
                case .push: 8
                case .post: 16
                case .postReply: 32
                }
        }

        public static let connect = Kinds(.connect)
        public static let request = Kinds(.request)
        public static let reply = Kinds(.reply)
        public static let push = Kinds(.push)
        public static let post = Kinds(.post)
        public static let postReply = Kinds(.postReply)
        /// Every kind.
        public static let all: Kinds = [.connect, .request, .reply, .push, .post, .postReply]

        /// The kinds in it, in the order of ``Envelope/Kind``.
        public var members: [Kind] { Kind.allCases.filter { contains(Kinds($0)) } }
    }
}
