import SessionProtocol

/// What an owner asked for of whole mailboxes. It goes on holding for what was stored before and only comes here later.
public struct StandingOrder: Sendable, Hashable {
    /// What is done, with times in milliseconds since 1970.
    public enum Effect: Sendable, Hashable {
        /// Messages sent at this time or earlier are gone; `Int64.max` for all.
        case deletion(sentUpTo: Int64)
        /// Later expiries end at this one.
        case shortening(to: Int64)
    }

    public let mailboxes: MailboxSelection
    public let effect: Effect
    /// When it was asked for, in milliseconds since 1970. It does not concern what was stored later.
    public let at: Int64

    /// - Parameter at: in milliseconds since 1970.
    public init(_ mailboxes: MailboxSelection, _ effect: Effect, at: Int64) {
        (self.mailboxes, self.effect, self.at) = (mailboxes, effect, at)
    }

    /// Whether it makes another one of the same account needless.
    func covers(_ other: StandingOrder) -> Bool {
        guard at >= other.at, mailboxes == .all || mailboxes == other.mailboxes else { return false }
        return switch (effect, other.effect) {
        case (.deletion(let limit), .deletion(let otherLimit)): limit >= otherLimit
        case (.shortening(let expiry), .shortening(let otherExpiry)): expiry <= otherExpiry
        case (.deletion, .shortening), (.shortening, .deletion): false
        }
    }

    /// Whether it concerns messages of a mailbox.
    func concerns(_ namespace: Namespace) -> Bool { mailboxes == .all || mailboxes == .one(namespace) }

    /// What tells it from others of its moment: the account, and after it everything else, in an order of their own.
    func key(of account: AccountID) -> Bytes {
        let (kind, time): (UInt8, Int64) =
            switch effect {
            case .deletion(let limit): (0, limit)
            case .shortening(let expiry): (1, expiry)
            }
        let namespace: Bytes =
            switch mailboxes {
            case .all: [0, 0, 0]
            case .one(let one):
                [1, UInt8(truncatingIfNeeded: one.rawValue >> 8), UInt8(truncatingIfNeeded: one.rawValue)]
            }
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * $0)) }
        return account.bytes + [kind] + namespace + bytes
    }
}

extension [StandingOrder] {
    /// Those of an account once another one is among them; `nil` when one of them makes it needless.
    func adding(_ new: StandingOrder) -> [StandingOrder]? {
        contains { $0.covers(new) } ? nil : filter { !new.covers($0) } + [new]
    }
}
