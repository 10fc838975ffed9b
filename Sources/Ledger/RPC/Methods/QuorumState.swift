import SessionProtocol

extension RPCMethod {
    /// Most heights one call may ask for.
    private static let mostQuorums: UInt64 = 256
    /// The number of the obligations quorum among the kinds of quorums; 255 asks for every kind.
    private static let obligations: UInt64 = 0
    private static let everyKind: UInt64 = 255

    /// `get_quorum_state` (ledger §6.8). This ledger forms only obligations quorums, so of the other kinds there are
    /// none; nor are there any of blocks older than the ledger remembers.
    static let quorumState = RPCMethod("get_quorum_state") { (daemon, call) throws(RPCError) in
        let params = try call.params()
        let range = try HeightRange(params, top: daemon.view(for: call.caller).topHeight)
        guard range.count <= mostQuorums else {
            throw .wrongParameter("at most \(mostQuorums) heights at once; got \(range.count)")
        }
        let kind = try params.optional("quorum_type", \.asUnsigned, "0 to 3, or 255 for all") ?? everyKind
        guard kind <= 3 || kind == everyKind else {
            throw .wrongParameter("expected quorum_type: 0 to 3, or 255 for all")
        }
        var quorums: [JSON] = []
        if kind == obligations || kind == everyKind {
            for height in range.start...range.end {
                guard let quorum = daemon.quorum(at: height) else { continue }
                quorums.append([
                    "height": .uint(height), "quorum_type": .uint(obligations),
                    "quorum": [
                        "validators": .array(quorum.validators.map { .string($0.hex) }),
                        "workers": .array(quorum.workers.map { .string($0.hex) }),
                    ],
                ])
            }
        }
        return Answer(["quorums": .array(quorums), "status": "OK"])
    }
}
