import SessionProtocol

/// What an owner asks for that must hold on every node of the swarm, also on those that only hear of it later and have
/// messages that are not here. Times are in milliseconds since 1970.
public enum OwnersRequest: Sendable {
    /// Messages by name, in whatever mailbox they lie.
    case deletion([MessageHash])
    /// - Parameter sentUpTo: as of ``MessageStore/deleteAll(of:in:sentUpTo:at:)``.
    case emptying(MailboxSelection, sentUpTo: Int64?)
    case shortening(MailboxSelection, to: Int64)
    case expiries([(hash: MessageHash, expiry: Int64)], ExpiryChange)
    /// Subaccounts by their tokens of 36 bytes.
    case revocation([Bytes])
    /// The end of a revocation.
    case lifting([Bytes])

    /// What it is about.
    public var target: ChangeTarget {
        switch self {
        case .deletion(let hashes): .messages(hashes)
        case .emptying(let mailboxes, _), .shortening(let mailboxes, _): .mailboxes(mailboxes)
        case .expiries(let expiries, _): .messages(expiries.map(\.hash))
        case .revocation(let tokens), .lifting(let tokens): .subaccounts(tokens)
        }
    }

    /// As it concerns whole mailboxes; `nil` if it concerns single messages or tokens.
    func standingOrder(at moment: Int64) -> StandingOrder? {
        switch self {
        case .emptying(let mailboxes, let limit):
            StandingOrder(mailboxes, .deletion(sentUpTo: limit ?? .max), at: moment)
        case .shortening(let mailboxes, let expiry): StandingOrder(mailboxes, .shortening(to: expiry), at: moment)
        case .deletion, .expiries, .revocation, .lifting: nil
        }
    }
}
