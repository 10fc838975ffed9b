import SessionProtocol

extension StateChange {
    func write(to fields: inout [String: Bencode]) {
        fields["node"] = .bytes(node.bytes)
        fields["change"] = .integer(Int64(change.rawValue))
        fields["quorum"] = .unsignedOrInteger(quorumHeight)
        switch authority {
        case .quorum(let workerIndex, let votes):
            fields["worker"] = .integer(Int64(workerIndex))
            fields["votes"] = .list(
                votes.map {
                    .list([
                        .integer(Int64($0.validatorIndex)), .integer(Int64($0.reasons.rawValue)), .bytes($0.signature),
                    ])
                })
        case .operator(let reasons): fields["reasons"] = .integer(Int64(reasons.rawValue))
        }
    }

    init(_ fields: TransactionFields) throws(ArchiveError) {
        guard let change = Kind(rawValue: try fields.small("change", as: UInt16.self)) else {
            throw fields.unreadable("change")
        }
        let authority: Authority
        if fields.has("reasons") {
            authority = .operator(reasons: TestFailures(rawValue: try fields.small("reasons", as: UInt16.self)))
        } else {
            var votes: [QuorumVote] = []
            for item in try fields.list("votes") {
                guard let parts = item.asList, parts.count == 3,
                    let validator = parts[0].asUnsigned.flatMap({ UInt32(exactly: $0) }),
                    let reasons = parts[1].asUnsigned.flatMap({ UInt16(exactly: $0) }),
                    let signature = parts[2].asBytes
                else { throw fields.unreadable("votes") }
                votes.append(
                    QuorumVote(
                        validatorIndex: validator, reasons: TestFailures(rawValue: reasons), signature: signature))
            }
            authority = .quorum(workerIndex: try fields.small("worker", as: UInt32.self), votes: votes)
        }
        self.init(
            node: try fields.node("node"), change: change, quorumHeight: try fields.number("quorum"),
            authority: authority)
    }
}
