import NodeRuntime
import SessionProtocol

/// Why an onion brought no answer from its last node.
public struct RouteFailure: Error, Equatable, CustomStringConvertible {
    /// What was seen at the client's end.
    public enum Cause: Equatable, Sendable {
        /// The guard took no connection.
        case guardUnreachable(TransportError)
        /// Nothing came back in time; any node of the route may be the reason.
        case timedOut
        /// The guard handed back a status in clear: its own, or that of a hop behind it.
        case status(Int, text: String)
        /// A hop does not know the next node.
        case nodeNotFound(Ed25519PublicKey)
        /// This node says it is not ready.
        case notReady(Ed25519PublicKey)
        /// No layer can be encrypted to this node's key.
        case badKey(Ed25519PublicKey)
        /// The last node's reply cannot be read.
        case badReply(OnionReply.Malformed)
        /// The last node answered, with a status that another node may not give.
        case destination(status: Int, text: String)
    }

    /// The guard first, the node that should answer last.
    public let route: [Ed25519PublicKey]
    /// Where the onion was posted.
    public let url: String
    /// What went wrong.
    public let cause: Cause

    /// Takes each field as it is.
    public init(route: [Ed25519PublicKey], url: String, cause: Cause) {
        self.route = route
        self.url = url
        self.cause = cause
    }

    public var description: String {
        let entry = "guard \(route.first.map(\.hex) ?? "(none)") at \(url)"
        let last = "node \(route.last.map(\.hex) ?? "(none)")"
        return switch cause {
        case .guardUnreachable(let error): "\(entry): \(error)"
        case .timedOut: "\(entry) or a hop behind it gave no answer in time"
        case .status(let status, let text): "\(entry) handed back \(status) \(text)"
        case .nodeNotFound(let key): "a hop behind \(entry) does not know node \(key)"
        case .notReady(let key): "node \(key), behind \(entry), is not ready"
        case .badKey(let key): "node \(key) has a key nobody can encrypt to"
        case .badReply(let problem): "\(last) sent \(problem), through \(entry)"
        case .destination(let status, let text): "\(last) answered \(status) \(text), through \(entry)"
        }
    }

    /// Reads a status that is not 200 and its text (storage-node §7.3).
    static func cause(status: Int, body: Bytes) -> Cause {
        let text = excerpt(body)
        if let key = key(in: text, after: "Next node not found: ") { return .nodeNotFound(key) }
        if let key = key(in: text, after: "Snode not ready: ") { return .notReady(key) }
        return .status(status, text: text)
    }

    private static func key(in text: String, after prefix: String) -> Ed25519PublicKey? {
        text.hasPrefix(prefix) ? Ed25519PublicKey(hex: text.dropFirst(prefix.count).prefix(64)) : nil
    }
}
