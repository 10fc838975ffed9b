import SessionProtocol

/// One question the daemon answers (ledger §6): its names, who may ask it, and what makes the answer.
struct RPCMethod: Sendable {
    enum Access: Sendable {
        /// Over HTTP and over the message queue, as `rpc.*`.
        case anyone
        /// Only a node's own storage server, over the message queue, as `admin.*`.
        case ownNode
    }

    /// What an asker gets.
    struct Answer: Sendable {
        /// Encoded JSON.
        var text: Bytes
        /// Whether everyone who asks in the same words gets the same until the next block or proof.
        var isForAll = false

        init(text: Bytes, isForAll: Bool = false) {
            self.text = text
            self.isForAll = isForAll
        }

        init(_ json: JSON) { text = json.utf8 }
    }

    typealias Body = @Sendable (isolated LedgerDaemon, RPCCall) throws(RPCError) -> Answer

    let name: String
    let aliases: [String]
    let access: Access
    /// Makes the answer.
    let answer: Body

    init(_ name: String, aliases: [String] = [], access: Access = .anyone, answer: @escaping Body) {
        self.name = name
        self.aliases = aliases
        self.access = access
        self.answer = answer
    }

    /// Every name it goes by.
    var names: [String] { [name] + aliases }
    /// Whether many ask it in the same words, so that its answers are kept for the next asker.
    var isKept: Bool { name == Self.serviceNodes.name }
}
