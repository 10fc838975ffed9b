import NodeRuntime
import SessionProtocol

/// Why a client could not do what it was asked.
public enum ClientError: Error, Equatable, CustomStringConvertible {
    /// The service node list could not be had from the seed address.
    case bootstrap(url: String, BootstrapFailure)
    /// A path and a destination need more distinct nodes than are listed.
    case tooFewNodes(known: Int, needed: Int)
    /// Every path that was tried failed; the last one failed so.
    case pathNotBuilt(attempts: Int, last: RouteFailure)
    /// No try of a request was answered usefully; the last one failed so.
    case requestFailed(method: String, attempts: Int, last: RouteFailure)
    /// A node understood the request and refuses it; trying again would not help.
    case refused(method: String, node: Ed25519PublicKey, status: Int, text: String)
    /// A node answered success with something that is no answer.
    case badReply(method: String, node: Ed25519PublicKey, problem: String)
    /// No node of the account's swarm is known.
    case noSwarm(AccountID)
    /// Only the owner may write to this namespace.
    case cannotSign(AccountID, Namespace)
    /// Data over the protocol's limit, in bytes.
    case messageTooLarge(bytes: Int)
    /// The swarm answered, and no member has the message; per member, why.
    case notStored(MessageHash, [Ed25519PublicKey: MemberOutcome])
    /// ``SessionClient/start()`` has not succeeded yet.
    case notStarted
    case cancelled

    public var description: String {
        switch self {
        case .bootstrap(let url, let failure): "no service node list from \(url): \(failure)"
        case .tooFewNodes(let known, let needed):
            "\(known) service nodes are listed, a path and its destination need \(needed)"
        case .pathNotBuilt(let attempts, let last): "no path after \(attempts) tries; the last one: \(last)"
        case .requestFailed(let method, let attempts, let last):
            "\(method) failed after \(attempts) tries; the last one: \(last)"
        case .refused(let method, let node, let status, let text):
            "node \(node) refuses \(method): \(status) \(text)"
        case .badReply(let method, let node, let problem): "node \(node) answered \(method) with \(problem)"
        case .noSwarm(let account): "no node of the swarm of \(account) is known"
        case .cannotSign(let account, let namespace):
            "storing to namespace \(namespace) of \(account) needs its owner's key"
        case .messageTooLarge(let bytes): "the message has \(bytes) bytes, at most \(Limits.messageBytes) are allowed"
        case .notStored(let hash, let outcomes):
            "no member of the swarm has \(hash): "
                + outcomes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        case .notStarted: "the client has no service node list yet; start it first"
        case .cancelled: "cancelled"
        }
    }
}

/// Why the seed address gave no service node list (clients.md §3.1).
public enum BootstrapFailure: Error, Equatable, CustomStringConvertible {
    case transport(TransportError)
    case status(Int, text: String)
    /// The content type must be exactly `application/json`; Session Desktop refuses everything else.
    case contentType(String?)
    case malformed(String)
    /// Entries came, but none with an address, a port and both keys.
    case noUsableNode(listed: Int)

    public var description: String {
        switch self {
        case .transport(let error): "\(error)"
        case .status(let status, let text): "status \(status), not 200: \(text)"
        case .contentType(let type): "content type \(type ?? "(none)"), which must be exactly application/json"
        case .malformed(let problem): "the reply \(problem)"
        case .noUsableNode(let listed): "none of its \(listed) entries has an address, a port and both keys"
        }
    }
}
