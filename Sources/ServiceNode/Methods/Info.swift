/// `info`: versions and the node's clock.
struct Info: ClientMethod {
    static let names = ["info"]
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: NoParameters, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let version = node.configuration.version
        return .success(
            node.stamped(
                [
                    "timestamp": .integer(node.now),
                    "version": .list([version.major, version.minor, version.patch].map { .integer(Int64($0)) }),
                ], node.membership.current))
    }
}
