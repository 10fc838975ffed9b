import SessionProtocol

/// Each acknowledged message reached its recipient with the hash and the bytes it was sent with.
public struct RecipientsGotTheirMessages: Check {
    public let name = "recipientsGotTheirMessages"

    public init() {}

    public func examine(_ history: History) -> Finding {
        guard !history.sent.isEmpty else { return Finding(inconclusive: noMessages) }
        var finding = Finding()
        let mail = ReceivedMail(history)
        for message in history.sent {
            guard let flaw = mail.flaw(in: message.copy) else { continue }
            if flaw == ReceivedMail.nothing, let trouble = history.diskTrouble(since: message.position) {
                finding.doubt(
                    "messages were not received while \(trouble.source) could not write to its disk: \(trouble.reason)")
                continue
            }
            let account = message.copy.identity.account
            finding.violations.append(
                Violation(
                    "\(history.name(of: account)) \(flaw) message \(message.number) (\(message.copy.identity.hash))",
                    message: message.number, account: account))
        }
        return finding
    }
}

/// What recipients read, looked up by mailbox.
struct ReceivedMail {
    private struct Mailbox: Hashable {
        var account: AccountID
        var namespace: Namespace
    }

    /// The flaw of a message of which nothing arrived.
    static let nothing = "never received"

    private let read: [Mailbox: Set<MessageCopy>]

    init(_ history: History) {
        read = Dictionary(grouping: history.received) {
            Mailbox(account: $0.identity.account, namespace: $0.identity.namespace)
        }.mapValues { Set($0) }
    }

    /// How delivery of a message failed, as a verb; `nil` when only the very bytes arrived.
    func flaw(in sent: MessageCopy) -> String? {
        let copies = read[Mailbox(account: sent.identity.account, namespace: sent.identity.namespace)] ?? []
        if copies.contains(where: { $0.identity == sent.identity && $0.digest != sent.digest }) {
            return "received other bytes for"
        }
        if copies.contains(sent) { return nil }
        return copies.contains { $0.digest == sent.digest } ? "received under another hash" : Self.nothing
    }
}
