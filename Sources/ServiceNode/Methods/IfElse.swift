import SessionProtocol

/// `ifelse`: one of two requests, chosen by what the network has come to (storage-node §3.7).
struct IfElse: ClientMethod {
    static let names = ["ifelse"]
    static let isMeta = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    static func request(from fields: RequestFields, origin: CallOrigin) throws(Refusal) -> IfElseRequest {
        try IfElseRequest(fields, origin: origin)
    }

    func run(_ request: IfElseRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = node.membership.current
        let version = node.configuration.version
        let facts = NetworkFacts(
            hardfork: [membership?.hardfork.major ?? 0, membership?.hardfork.revision ?? 0].map(Int64.init),
            version: [version.major, version.minor, version.patch].map(Int64.init),
            height: Int64(clamping: membership?.height ?? 0))
        let isMet = request.condition.holds(for: facts)
        var reply: [String: ReplyValue] = [
            "condition": .bool(isMet),
            "hf": .list(facts.hardfork.map(ReplyValue.integer)),
            "v": .list(facts.version.map(ReplyValue.integer)),
            "height": .integer(facts.height),
        ]
        if let branch = isMet ? request.then : request.otherwise {
            reply["result"] = await branch.run(node).asResult
        }
        return .success(reply)
    }
}

/// The parameters of `ifelse`, checked, both branches included.
struct IfElseRequest: Sendable {
    let condition: NetworkCondition
    let then: PreparedCall?
    let otherwise: PreparedCall?

    /// Reads bencode in the order of its keys, and JSON with the condition first: the first error decides the answer.
    init(_ fields: RequestFields, origin: CallOrigin) throws(Refusal) {
        switch fields.encoding {
        case .bencode:
            otherwise = try Self.branch("else", of: fields, origin: origin)
            condition = try Self.condition(of: fields)
            then = try Self.branch("then", of: fields, origin: origin)
        case .json:
            condition = try Self.condition(of: fields)
            then = try Self.branch("then", of: fields, origin: origin)
            otherwise = try Self.branch("else", of: fields, origin: origin)
        }
        guard then != nil || otherwise != nil else {
            throw .invalid(#"Invalid ifelse request: at least one of "then"/"else" required"#)
        }
    }

    private static func condition(of fields: RequestFields) throws(Refusal) -> NetworkCondition {
        guard let conditions = RequestFields.inside(fields.field("if")) else {
            throw .invalid(#"Invalid ifelse request: no valid "if" field"#)
        }
        let condition = try NetworkCondition(conditions)
        guard !condition.isEmpty else {
            throw .invalid(#"Invalid ifelse request: must specify at least one "if" condition"#)
        }
        return condition
    }

    /// - Returns: `nil` when the request does not have this branch.
    private static func branch(
        _ key: String, of fields: RequestFields, origin: CallOrigin
    ) throws(Refusal) -> PreparedCall? {
        guard fields.has(key) else { return nil }
        guard let branch = RequestFields.inside(fields.field(key)) else {
            throw .invalid(
                "Invalid ifelse request: \(key) must be \(fields.encoding == .json ? "an object" : "a dict")")
        }
        let (name, parameters) = branch.call
        guard let name, let parameters else {
            let lack =
                switch (fields.encoding, name) {
                case (.json, _): "must have method/params keys"
                case (.bencode, nil): "missing method"
                case (.bencode, _): "missing params"
                }
            throw .invalid("Invalid ifelse request: \(key) \(lack)")
        }
        // The reference names the branch here, not the method.
        guard let method = MethodTable.method(name, origin: origin) else {
            throw .invalid(#"Invalid ifelse request method "\#(key)""#)
        }
        return try method.prepare(parameters, origin: origin)
    }
}
