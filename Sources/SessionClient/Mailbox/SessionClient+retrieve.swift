import SessionCrypto
import SessionProtocol

/// A message as a node handed it out. Nothing is checked: whoever judges it compares the data itself.
public struct ReceivedMessage: Sendable, Equatable {
    /// As the node names it.
    public var hash: MessageHash
    /// Decoded from base64.
    public var data: Bytes
    /// Milliseconds since the epoch, as the sender set it.
    public var timestamp: Int64
    /// Milliseconds since the epoch.
    public var expiration: Int64

    /// Takes each field as it is.
    public init(hash: MessageHash, data: Bytes, timestamp: Int64, expiration: Int64) {
        self.hash = hash
        self.data = data
        self.timestamp = timestamp
        self.expiration = expiration
    }

    /// Reads one element of `messages`.
    init?(json: JSON) {
        guard let hash = json["hash"]?.asString.flatMap({ MessageHash(text: $0) }),
            let data = json["data"]?.asString.flatMap({ Base64.decode($0) }),
            let timestamp = json["timestamp"]?.asInteger, let expiration = json["expiration"]?.asInteger
        else { return nil }
        self.init(hash: hash, data: data, timestamp: timestamp, expiration: expiration)
    }
}

extension SessionClient {
    /// No node may make a client read more pages than this.
    static let pageLimit = 256

    /// Reads everything in one of the client's own namespaces, page by page, signed (clients.md §7.2).
    ///
    /// Pages of one reading come from one node, because each node has its own order. When it fails on the way, another
    /// node is read from the start.
    ///
    /// - Returns: each message once, in the order of the node that was read.
    /// - Throws: ``ClientError``.
    public func retrieve(namespace: Namespace = .inbox) async throws(ClientError) -> [ReceivedMessage] {
        var reading = MailboxReading()
        var target = RequestTarget.swarm(identity.account)
        var restarts = configuration.attempts
        for page in 1... {
            let answer: Answer
            do {
                answer = try await retrievePage(namespace, after: reading.cursor, from: target)
            } catch {
                guard case .node = target, isNodeLost(error), restarts > 1 else { throw error }
                restarts -= 1
                target = .swarm(identity.account)
                reading.restart()
                continue
            }
            do {
                guard try reading.take(answer.body) else { break }
            } catch {
                throw .badReply(method: "retrieve", node: answer.node.ed25519, problem: error.rawValue)
            }
            guard page < Self.pageLimit else {
                throw .badReply(method: "retrieve", node: answer.node.ed25519, problem: "pages without end")
            }
            target = .node(answer.node)
        }
        return reading.messages
    }

    private func isNodeLost(_ error: ClientError) -> Bool {
        switch error {
        case .requestFailed, .pathNotBuilt: true
        default: false
        }
    }

    private func retrievePage(
        _ namespace: Namespace, after cursor: MessageHash?, from target: RequestTarget
    ) async throws(ClientError) -> Answer {
        try await call("retrieve", to: target) { now, _ in retrieveParameters(namespace, after: cursor, now) }
    }

    func retrieveParameters(_ namespace: Namespace, after cursor: MessageHash?, _ now: Int64) -> JSON {
        var parameters: [String: JSON] = [
            "pubkey": .string(identity.account.hex), "namespace": .int(Int(namespace.rawValue)),
            "timestamp": .integer(now), "last_hash": .string(cursor?.text ?? ""), "max_size": -1,
        ]
        sign(&parameters, SignedText.retrieve(namespace, timestamp: now))
        return .object(parameters)
    }
}

/// The pages of one mailbox put together.
struct MailboxReading {
    enum Malformed: String, Error {
        case page = "a page without messages or without `more`"
        case message = "a message without hash, data or times"
        case noProgress = "a further page announced, and no message to go on from"
    }

    private(set) var messages: [ReceivedMessage] = []
    /// The last message of the last page.
    private(set) var cursor: MessageHash?
    private var seen: Set<MessageHash> = []
    private var cursors: Set<MessageHash> = []

    /// Begins at the first page of another node; what was read stays.
    mutating func restart() {
        cursor = nil
        cursors = []
    }

    /// - Returns: whether there is another page.
    mutating func take(_ page: JSON) throws(Malformed) -> Bool {
        guard let elements = page["messages"]?.asArray, let more = page["more"]?.asBool else { throw .page }
        for element in elements {
            guard let message = ReceivedMessage(json: element) else { throw .message }
            if seen.insert(message.hash).inserted { messages.append(message) }
            cursor = message.hash
        }
        guard more else { return false }
        guard !elements.isEmpty, let cursor, cursors.insert(cursor).inserted else { throw .noProgress }
        return true
    }
}
