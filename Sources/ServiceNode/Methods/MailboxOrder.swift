import SessionCrypto
import SessionProtocol
import Storage

/// What an account asks for over one whole mailbox or all of them, and who signs for it: the parameters of `delete_all`,
/// `delete_before` and `expire_all`, checked (storage-node §3.2).
struct MailboxOrder: Sendable {
    let signer: SignedAccount
    let mailboxes: MailboxSelection
    /// In milliseconds since the epoch; what it means is the method's affair.
    let time: Int64
    private let timeField: String

    /// - Parameter timeField: holds the time.
    init(_ fields: RequestFields, time timeField: String) throws(Refusal) {
        // In alphabetical order, as the first wrong one decides the answer.
        let isTimeFirst = timeField < "namespace"
        let early = isTimeFirst ? try fields.timestamp(timeField) : nil
        mailboxes = try fields.mailboxes("namespace") ?? .one(.inbox)
        let block = try SignedAccount.Fields(fields)
        let time = isTimeFirst ? early : try fields.timestamp(timeField)

        signer = try block.checked(fields)
        self.time = try fields.require(timeField, time)
        self.timeField = timeField
    }

    /// What a swarm peer is sent (storage-node §8.1).
    var forwarded: Bencode {
        let namespace: Bencode =
            switch mailboxes {
            case .one(let namespace): .integer(Int64(namespace.rawValue))
            case .all: .text("all")
            }
        return .dictionary(signer.forwarded.merging([timeField: .integer(time), "namespace": namespace]) { $1 })
    }

    /// A node's entry, which it signs (storage-node §3.6): the messages as a list, or for all mailboxes a dictionary of
    /// lists by the namespace's decimal text; each list ascending.
    ///
    /// - Parameters:
    ///   - field: what became of the messages: `deleted` or `updated`.
    ///   - messages: those that the request deleted or changed.
    func entry(_ field: String, _ messages: [MessageName], signedBy node: NodeState) -> [String: ReplyValue] {
        let messages = messages.sorted { $0.hash < $1.hash }
        let hashes = messages.map(\.hash)
        let affected: ReplyValue =
            switch mailboxes {
            case .one: .hashes(hashes)
            case .all:
                .dictionary(
                    Dictionary(grouping: messages, by: \.namespace.description).mapValues { .hashes($0.map(\.hash)) })
            }
        let text = SignedEntry.mailboxes(signer.account, time, hashes)
        return [field: affected, "signature": .blob(node.keys.ed25519.sign(text))]
    }
}
