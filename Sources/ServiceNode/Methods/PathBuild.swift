/// `path_build`: proves to a client that its onion reached the end of the path. Exists only inside an onion, so the answer goes
/// back along the path, encrypted for the client's ephemeral key.
struct PathBuild: ClientMethod {
    static let names = ["path_build"]
    static let isOnionOnly = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: NoParameters, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        .success(node.stamped(["status": .text("path built")], node.membership.current))
    }
}
