import NodeRuntime
import ServiceNode
import SessionProtocol
import Sockets

/// What a node tells about itself over its control socket. Outsiders never reach into a node any other way.
struct NodeControlService: Sendable {
    let node: ServiceNode

    @Sendable func respond(_ head: HTTPRequestHead, _ body: HTTPBody) async -> HTTPReply {
        switch (head.method, head.path) {
        case ("GET", "/inventory"):
            do {
                return ControlReply.json(200, ["records": .array(try await node.inventory().map(\.json))])
            } catch {
                return ControlReply.json(500, ["error": .string("\(error)")])
            }
        case ("GET", "/standing"):
            let standing = node.standing
            return ControlReply.json(
                200,
                [
                    "swarm": standing.swarm.map { .string($0.hex) } ?? .null,
                    "height": standing.height.map(JSON.uint) ?? .null,
                    "blockHash": standing.blockHash.map(JSON.string) ?? .null,
                    "notReady": standing.reasonNotReady.map(JSON.string) ?? .null,
                ])
        default:
            return ControlReply.json(404, ["error": .string("a node answers GET /inventory and GET /standing")])
        }
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
    }

    /// - Returns: the records as ``EventKind/inventoryTaken`` carries them.
    func inventory() async throws(Failure) -> JSON {
        let reply: HTTPReply
        let answer: JSON
        do {
            reply = try await ControlClient.request(
                socketPath: directory.controlSocket, method: "GET", path: "/inventory", timeout: Self.timeout)
            answer = try JSON(parsing: reply.body)
        } catch {
            throw Failure(description: "\(error)")
        }
        guard reply.status == 200, let records = answer["records"] else {
            throw Failure(description: answer["error"]?.asString ?? "status \(reply.status)")
        }
        return records
    }
}
