import NodeRuntime
import SessionProtocol

/// `oxend_request`: asks the ledger for the client (storage-node §3.6, §10.2).
struct OxendRequest: ClientMethod {
    static let names = ["oxend_request"]
    let node: NodeState

    private static let success = Bytes("200".utf8)

    init(_ node: NodeState) { self.node = node }

    func run(_ request: OxendParameters, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let outcome = await node.environment.transport.request(
            node.configuration.ledger, "rpc.\(request.endpoint)", request.parameters.map { [$0.utf8] } ?? [],
            timeout: LedgerLink.requestTimeout)
        guard case .reply(let parts) = outcome, parts.count >= 2 else { throw Self.failure([]) }
        guard parts[0] == Self.success else { throw Self.failure(parts[1]) }
        guard node.answerRoom?.take(parts[1].count) ?? true else { throw .busy }
        let result: JSON
        do {
            result = try JSON(parsing: parts[1])
        } catch {
            throw Refusal(502, "oxend returned unparsable data")
        }
        return .success(node.stamped(["result": .quoted(result)], node.membership.current))
    }

    /// - Parameter text: what the ledger said was wrong.
    private static func failure(_ text: Bytes) -> Refusal {
        Refusal(400, text.isEmpty ? "Unknown oxend error" : String(decoding: text, as: UTF8.self))
    }
}

/// The parameters of `oxend_request`, checked.
struct OxendParameters: RequestParameters {
    private static let endpoints: Set = ["get_service_nodes", "ons_resolve"]

    let endpoint: String
    /// What the ledger is given; `nil` for nothing.
    let parameters: JSON?

    init(_ fields: RequestFields) throws(Refusal) {
        let named = try fields.string("endpoint")
        let parameters: RequestFields.Field? =
            switch fields.encoding {
            case .json: fields.field("params")
            case .bencode: try fields.string("params").map { .bencode(.bytes($0)) }
            }
        endpoint = String(decoding: try fields.require("endpoint", named), as: UTF8.self)
        guard Self.endpoints.contains(endpoint) else { throw .invalid("Invalid oxend endpoint '\(endpoint)'") }
        self.parameters = try Self.json(parameters)
    }

    /// Bencode has no form for every JSON value, so there the parameters are a string of JSON.
    private static func json(_ field: RequestFields.Field?) throws(Refusal) -> JSON? {
        switch field {
        case .json(let value): return value
        case .bencode(.bytes(let text)):
            do {
                return try JSON(parsing: text, mostValues: Limits.requestValues)
            } catch {
                throw .invalid("oxend_request params field does not contain valid json")
            }
        default: return nil
        }
    }
}
