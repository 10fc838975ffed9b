import SessionProtocol

/// What `batch` and `sequence` have in common: parameters, their errors, and the form of the answer
/// (storage-node §3.7).
enum BatchRequest {
    /// Reads every request of a batch. None is run unless all are good.
    static func calls(in fields: RequestFields, origin: CallOrigin) throws(Refusal) -> [PreparedCall] {
        guard let requests = fields.elements("requests"), !(requests.isEmpty && fields.encoding == .json) else {
            throw .invalid(#"Invalid batch request: no valid "requests" field"#)
        }
        guard !requests.isEmpty else { throw .invalid(#"Invalid batch request: empty "requests" list"#) }
        guard requests.count <= Limits.batchRequests else {
            throw .invalid("Invalid batch request: subrequest limit exceeded")
        }
        return try requests.map { request throws(Refusal) in try call(request, origin: origin) }
    }

    private static func call(_ request: RequestFields.Field, origin: CallOrigin) throws(Refusal) -> PreparedCall {
        guard let fields = RequestFields.inside(request) else {
            switch request {
            case .json: throw .invalid("Invalid batch request: requests must be objects")
            case .bencode: throw .invalid("Invalid batch request: requests must be dicts")
            }
        }
        let (name, parameters) = fields.call
        guard let name, let parameters else {
            let lack =
                switch (fields.encoding, name) {
                case (.json, _): "method/params keys"
                case (.bencode, nil): "a method"
                case (.bencode, _): "a params dict"
                }
            throw .invalid("Invalid batch request: subrequests must have \(lack)")
        }
        guard let method = MethodTable.method(name, origin: origin) else {
            throw .invalid(#"Invalid batch subrequest: invalid method "\#(name)""#)
        }
        guard !method.isMeta else {
            throw .invalid("Invalid batch subrequest: subrequests may not contain meta-requests")
        }
        return try method.prepare(parameters, origin: origin)
    }

    /// The answer to a batch. Its status is 200 whatever became of the requests in it.
    static func results(_ replies: [RPCReply]) -> RPCReply {
        .success(["results": .list(replies.map(\.asResult))])
    }
}

extension RPCReply {
    /// How an answer stands inside another: `{"code": …, "body": …}`.
    var asResult: ReplyValue {
        let content: ReplyValue =
            switch body {
            case .text(let text): .text(text)
            case .value(let value): .dictionary(value)
            }
        return ["code": .integer(Int64(status)), "body": content]
    }
}
