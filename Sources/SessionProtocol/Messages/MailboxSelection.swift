/// Which of an account's mailboxes a request means: one, or every one of them (storage-node §3.2, `namespace`).
public enum MailboxSelection: Sendable, Hashable {
    case one(Namespace)
    case all
}
