import NodeRuntime
import SessionProtocol

/// How a call reached the node. The entry node forwards; a forwarded copy is run without forwarding again.
enum CallOrigin: Sendable {
    case client
    /// The innermost request of an onion.
    case onion
    case swarmPeer
}

/// One client method (storage-node §3).
protocol ClientMethod: Sendable {
    /// The primary name, then its aliases.
    static var names: [String] { get }
    /// Whether the rest of the swarm runs it too.
    static var isForwarded: Bool { get }
    /// Whether it exists only as the innermost request of an onion.
    static var isOnionOnly: Bool { get }

    init(_ node: NodeState)

    func run(_ fields: RequestFields, origin: CallOrigin) async throws(Refusal) -> RPCReply
}

extension ClientMethod {
    static var isForwarded: Bool { false }
    static var isOnionOnly: Bool { false }
}

/// Every client method by name. A new method is one file and one line here.
struct MethodTable: Sendable {
    private static let methods: [any ClientMethod.Type] = [
        Info.self, GetSwarm.self, Store.self, Retrieve.self, PathBuild.self,
    ]
    private static let byName: [String: any ClientMethod.Type] = Dictionary(
        uniqueKeysWithValues: methods.flatMap { method in method.names.map { ($0, method) } })

    let node: NodeState

    /// Names reachable as `storage.<name>`.
    static var queueNames: [String] { byName.filter { !$0.value.isOnionOnly }.keys.sorted() }

    /// - Returns: `nil` for a name that is no method.
    static func isForwarded(_ name: String) -> Bool? { byName[name]?.isForwarded }

    /// Runs one call. Never throws: a refusal is an answer.
    func call(_ name: String, _ fields: RequestFields, origin: CallOrigin) async -> RPCReply {
        guard let method = Self.byName[name], !method.isOnionOnly || origin == .onion else {
            return RPCReply(status: 400, body: .text("no method \(name)"))
        }
        do {
            return try await method.init(node).run(fields, origin: origin)
        } catch {
            return error.reply
        }
    }

    /// Runs `{"method": …, "params": {…}}`, the body of HTTPS and onion requests (storage-node §2.1).
    func call(envelope body: Bytes, origin: CallOrigin) async -> RPCReply {
        let envelope: JSON
        do {
            envelope = try JSON(parsing: body)
        } catch {
            return RPCReply(status: 400, body: .text("invalid json"))
        }
        guard let method = envelope["method"]?.asString else {
            return RPCReply(status: 400, body: .text("invalid json: no `method` field"))
        }
        guard let parameters = envelope["params"]?.asObject else {
            return RPCReply(status: 400, body: .text("invalid json: no `params` field"))
        }
        return await call(method, RequestFields(json: parameters), origin: origin)
    }
}
