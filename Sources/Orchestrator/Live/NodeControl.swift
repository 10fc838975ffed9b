import Faults
import NodeRuntime
import ServiceNode
import SessionProtocol
import Sockets
import Storage

/// What a node tells about itself over its control socket. Outsiders never reach into a node any other way.
///
/// | request | answer |
/// |---|---|
/// | `GET /inventory` | `records` as ``EventKind/inventoryTaken`` has them; or 500 with `error`, and whether its store is `damaged` |
/// | `GET /standing` | `swarm`, `height`, `blockHash`, why it is `notReady`, `pendingTransfers`, `transferSteps` made so far and whether it is `settled` |
/// | `GET /links` | `rules`: those in force for what it sends, see ``LinkRules/json`` |
/// | `PUT /links` `{"rules": [rule]}` | the same once they are in force; 400 with `error` for those that are not allowed |
struct NodeControlService: Sendable {
    let node: ServiceNode
    let links: LinkJudge

    private static let largestBody = 1 << 20

    @Sendable func respond(_ head: HTTPRequestHead, _ body: HTTPBody) async -> HTTPReply {
        switch (head.method, head.path) {
        case ("GET", "/inventory"):
            do {
                return ControlReply.json(200, ["records": .array(try await node.inventory().map(\.json))])
            } catch {
                return ControlReply.json(500, ["error": .string("\(error)"), "damaged": .bool(error.isDamage)])
            }
        case ("GET", "/standing"):
            return ControlReply.json(200, NodeReport(node.standing).json)
        case ("GET", "/links"): return ControlReply.json(200, ["rules": links.rules.json])
        case ("PUT", "/links"): return await setLinks(body)
        default:
            return ControlReply.json(
                404, ["error": .string("a node answers GET /inventory, GET /standing, GET /links and PUT /links")])
        }
    }

    private func setLinks(_ body: HTTPBody) async -> HTTPReply {
        do {
            let request = try JSON(parsing: try await body.collect(upTo: Self.largestBody))
            guard let rules = request["rules"] else {
                throw LinkRuleError(field: "rules", value: nil, allowed: "a list of rules")
            }
            links.rules = try LinkRules(json: rules)
        } catch {
            return ControlReply.json(400, ["error": .string("\(error)")])
        }
        return ControlReply.json(200, ["rules": links.rules.json])
    }
}

/// Answers of control sockets: one JSON object.
enum ControlReply {
    static func json(_ status: Int, _ value: JSON) -> HTTPReply {
        HTTPReply(status: status, headers: ["Content-Type": "application/json"], body: value.utf8)
    }
}

/// Asks a node about itself.
struct NodeControlClient: Sendable {
    let directory: NodeDirectory

    /// A healthy node answers in milliseconds; a paused one never does.
    static let timeout = Duration.seconds(5)

    /// The node did not answer, or said it cannot.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// Whether the node's store is not what it wrote.
        var isDamage = false
    }

    /// - Returns: the records as ``EventKind/inventoryTaken`` carries them.
    func inventory() async throws(Failure) -> JSON {
        try await ask("GET", "/inventory", for: "records")
    }

    func report() async throws(Failure) -> NodeReport { NodeReport(json: try await ask("GET", "/standing")) }

    /// Puts link rules in force for what the node sends.
    func setLinkRules(_ rules: LinkRules) async throws(Failure) {
        _ = try await ask("PUT", "/links", ["rules": rules.json], for: "rules")
    }

    private func ask(
        _ method: String, _ path: String, _ body: JSON? = nil, for field: String
    ) async throws(Failure) -> JSON {
        let answer = try await ask(method, path, body)
        guard let value = answer[field] else { throw Failure(description: "the answer has no \(field)") }
        return value
    }

    private func ask(_ method: String, _ path: String, _ body: JSON? = nil) async throws(Failure) -> JSON {
        let reply: HTTPReply
        let answer: JSON
        do {
            reply = try await ControlClient.request(
                socketPath: directory.controlSocket, method: method, path: path, body: body?.utf8 ?? [],
                timeout: Self.timeout)
            answer = try JSON(parsing: reply.body)
        } catch {
            throw Failure(description: "\(error)")
        }
        guard reply.status == 200 else {
            throw Failure(
                description: answer["error"]?.asString ?? "status \(reply.status)",
                isDamage: answer["damaged"]?.asBool ?? false)
        }
        return answer
    }
}
