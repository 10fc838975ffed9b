import SessionProtocol

/// The JSON-RPC 2.0 envelope of HTTP calls (ledger §6.1).
struct JSONRPCCall: Sendable {
    /// Echoed in the reply.
    private(set) var id = JSON.null
    let method: String
    let params: [String: JSON]

    /// - Throws: the error reply's body when this is no call.
    init(parsing body: Bytes) throws(Refusal) {
        let json: JSON
        do { json = try JSON(parsing: body) } catch { throw Refusal(id: .null, error: .parse) }
        guard let fields = json.asObject else {
            throw Refusal(id: .null, error: .invalidRequest("Invalid Request: expected an object"))
        }
        id = fields["id"] ?? .null
        guard let method = fields["method"]?.asString else {
            throw Refusal(id: id, error: .invalidRequest("Invalid Request: no method"))
        }
        guard let params = Self.params(fields["params"]) else {
            throw Refusal(id: id, error: .invalidRequest("Invalid Request: params are no object"))
        }
        self.method = method
        self.params = params
    }

    /// An absent or null value is an empty one.
    static func params(_ json: JSON?) -> [String: JSON]? {
        switch json {
        case nil, .null: [:]
        default: json?.asObject
        }
    }

    /// - Parameter result: encoded JSON.
    func reply(_ result: Bytes) -> Bytes {
        Bytes("{\"id\":".utf8) + id.utf8 + Bytes(",\"jsonrpc\":\"2.0\",\"result\":".utf8) + result + Bytes("}".utf8)
    }

    func refusal(_ error: RPCError) -> Refusal { Refusal(id: id, error: error) }

    struct Refusal: Error {
        let id: JSON
        let error: RPCError

        var body: Bytes {
            let json: JSON = [
                "jsonrpc": "2.0", "id": id,
                "error": ["code": .int(error.code), "message": .string(error.message)],
            ]
            return json.utf8
        }
    }
}
