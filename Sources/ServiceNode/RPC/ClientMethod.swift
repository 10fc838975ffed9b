import SessionProtocol

/// How a call reached the node. The entry node forwards; a forwarded copy is run without forwarding again.
enum CallOrigin: Sendable, Equatable {
    case client
    /// The innermost request of an onion.
    case onion
    /// - Parameter acceptedAt: when the entry node accepted the request, in milliseconds since 1970; `nil` where it does
    ///   not say so, as the reference.
    case swarmPeer(acceptedAt: Int64?)
}

/// One client method (storage-node §3). Reading its parameters is apart from running it, because a batch is read as a
/// whole before any of it is run (storage-node §3.7).
protocol ClientMethod: Sendable {
    /// The parameters, checked as far as they can be without the node's state.
    associatedtype Request: Sendable

    /// The primary name, then its aliases.
    static var names: [String] { get }
    /// Whether the rest of the swarm runs it too.
    static var isForwarded: Bool { get }
    /// Whether it exists only as the innermost request of an onion.
    static var isOnionOnly: Bool { get }
    /// Whether it is made of other methods' requests, and so may not be part of a batch.
    static var isMeta: Bool { get }
    /// Whether all it does is to look into this node's own store. A batch runs these one after the other, as clients
    /// expect: a group's keys, asked for last, are then never older than the messages they open.
    static var isLookup: Bool { get }

    /// Reads the parameters.
    /// - Throws: 400 with the reference's text for the first one that is wrong.
    static func request(from fields: RequestFields, origin: CallOrigin) throws(Refusal) -> Request

    init(_ node: NodeState)

    func run(_ request: Request, origin: CallOrigin) async throws(Refusal) -> RPCReply
}

extension ClientMethod {
    static var isForwarded: Bool { false }
    static var isOnionOnly: Bool { false }
    static var isMeta: Bool { false }
    static var isLookup: Bool { false }

    static func prepare(_ fields: RequestFields, origin: CallOrigin) throws(Refusal) -> PreparedCall {
        let request = try request(from: fields, origin: origin)
        return PreparedCall(isLookup: isLookup) { node in
            if let counted = CountedRequest(method: names[0]) { node.statistics.count(counted) }
            do throws(Refusal) {
                return try await Self(node).run(request, origin: origin)
            } catch {
                return error.reply
            }
        }
    }
}

/// A method's parameters, read from a request's fields.
protocol RequestParameters: Sendable {
    /// - Throws: 400 with the reference's text for the first field that is wrong.
    init(_ fields: RequestFields) throws(Refusal)
}

extension ClientMethod where Request: RequestParameters {
    static func request(from fields: RequestFields, origin: CallOrigin) throws(Refusal) -> Request {
        try Request(fields)
    }
}

/// The parameters of a method that has none: whatever is there is ignored.
struct NoParameters: RequestParameters {
    init(_ fields: RequestFields) {}
}

/// A call whose parameters were read and found good. Never throws: a refusal by the node is an answer.
struct PreparedCall: Sendable {
    /// See ``ClientMethod/isLookup``.
    let isLookup: Bool
    let run: @Sendable (NodeState) async -> RPCReply
}
