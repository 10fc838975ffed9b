import SessionCrypto
import SessionProtocol
import Storage

/// The messages a request over whole mailboxes deleted or changed, as its entry names them (storage-node §3.6).
struct AffectedMessages {
    /// Ascending, of all namespaces together.
    let hashes: [MessageHash]
    /// A list, or for all mailboxes a dictionary of lists by the namespace's decimal text; each ascending.
    let reply: ReplyValue

    init(_ names: [MessageName], in mailboxes: MailboxSelection) {
        let names = names.sorted { $0.hash < $1.hash }
        hashes = names.map(\.hash)
        reply =
            switch mailboxes {
            case .one: .hashes(hashes)
            case .all:
                .dictionary(
                    Dictionary(grouping: names, by: \.namespace.description).mapValues { .hashes($0.map(\.hash)) })
            }
    }

    /// A node's entry, which it signs.
    ///
    /// - Parameters:
    ///   - field: what became of the messages: `deleted` or `updated`.
    ///   - time: the request's `timestamp`, `before` or `expiry`.
    func entry(
        _ field: String, of account: AccountID, _ time: Int64, signedBy node: NodeState
    ) -> [String: ReplyValue] {
        let text = SignedEntry.mailboxes(account, time, hashes)
        return [field: reply, "signature": .blob(node.keys.ed25519.sign(text))]
    }
}

extension MailboxSelection {
    /// The selection as a swarm peer is sent it.
    var forwarded: Bencode {
        switch self {
        case .one(let namespace): .integer(Int64(namespace.rawValue))
        case .all: .text("all")
        }
    }
}
