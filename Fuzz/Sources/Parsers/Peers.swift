import SessionProtocol

@testable import ServiceNode

extension Parser {
    /// A subscription to new messages.
    static let monitorRequest = Parser(name: "monitor-request") { input in
        guard let fields = accepted({ try Bencode(parsing: input).asDictionary }), let fields else { return }
        // The signature of the corpus's request is good at this moment.
        _ = accepted { try MonitorRequest(fields, at: 1_700_000_000_000) }
    }

    /// What one node tells another of its clients' changes.
    static let changes = Parser(name: "changes") { input in
        guard let question = ChangeQuestion([input]) else { return }
        guard let again = ChangeQuestion([question.encoded]) else { return broken() }
        expect(
            again.told == question.told && again.since == question.since && again.last == question.last,
            "changes are others when they are told on")
        func broken() { fatalError("a question of changes is refused when it is written again") }
    }

    /// Names of messages, as nodes compare what they hold.
    static let hashList = Parser(name: "hash-list") { input in
        guard let hashes = HashList.decode([input]) else { return }
        expect(HashList.decode([HashList.encode(hashes)]) == hashes, "hashes change when they are written again")
    }

    /// The ledger's answer about all nodes.
    static let nodeTable = Parser(name: "node-table") { input in
        guard let json = accepted({ try JSON(parsing: input) }) else { return }
        _ = accepted { NetworkView(try NodeTable(parsing: json)) }
    }
}
