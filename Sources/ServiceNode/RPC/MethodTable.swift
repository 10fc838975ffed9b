import SessionProtocol

/// Every client method by name. A new method is one file and one line here.
struct MethodTable: Sendable {
    private static let methods: [any ClientMethod.Type] = [
        Info.self, GetSwarm.self, Store.self, Retrieve.self, PathBuild.self,
        Batch.self, RequestSequence.self, IfElse.self, OxendRequest.self,
        RevokeSubaccount.self, UnrevokeSubaccount.self,
        Delete.self, DeleteAll.self, DeleteBefore.self, Expire.self, ExpireAll.self, GetExpiries.self,
    ]
    private static let byName: [String: any ClientMethod.Type] = Dictionary(
        uniqueKeysWithValues: methods.flatMap { method in method.names.map { ($0, method) } })

    let node: NodeState

    /// Names reachable as `storage.<name>`.
    static var queueNames: [String] { byName.filter { !$0.value.isOnionOnly }.keys.sorted() }

    /// - Returns: `nil` for a name that is no method.
    static func isForwarded(_ name: String) -> Bool? { byName[name]?.isForwarded }

    /// A method that may be called from `origin`.
    /// - Returns: `nil` for a name that is no method there.
    static func method(_ name: String, origin: CallOrigin) -> (any ClientMethod.Type)? {
        byName[name].flatMap { !$0.isOnionOnly || origin == .onion ? $0 : nil }
    }

    /// Runs one call. Never throws: a refusal is an answer.
    func call(_ name: String, _ fields: RequestFields, origin: CallOrigin) async -> RPCReply {
        guard let method = Self.method(name, origin: origin) else {
            return RPCReply(status: 400, body: .text("no method \(name)"))
        }
        do throws(Refusal) {
            return try await method.prepare(fields, origin: origin).run(node)
        } catch {
            return error.reply
        }
    }

    /// Runs `{"method": …, "params": {…}}`, the body of HTTPS and onion requests (storage-node §2.1).
    func call(envelope body: Bytes, origin: CallOrigin) async -> RPCReply {
        let envelope: JSON
        do {
            envelope = try JSON(parsing: body, mostValues: Limits.requestValues)
        } catch  where error.reason == .tooMany {
            return Refusal.tooManyValues.reply
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
