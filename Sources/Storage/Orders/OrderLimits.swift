import SessionProtocol

/// How much is remembered of what owners asked for of messages that are not here, and for how long. Whoever has the key
/// of an account, and everybody can make accounts, may ask for it.
public enum OrderLimits {
    /// The most of one kind of an account: deletions, and expiries.
    public static let perAccount = 2_000
    /// The most orders over mailboxes of an account.
    public static let standingPerAccount = 64
    /// The most of one kind on a node, of all accounts together: with their indices about 4 MB, half of what deletions
    /// may use beyond the size limit.
    public static let perNode = 20_000

    /// Milliseconds after which no message is left that was stored before: the longest life that a client may ask for,
    /// how far ahead of an entry node's clock a message may be dated, and how far apart two nodes' clocks may be.
    static let milliseconds = Limits.longestPrivateTTL + Limits.storeClockTolerance + Limits.signatureTolerance

    /// When nobody needs to know any more what was asked for, in milliseconds since 1970.
    static func end(of moment: Int64) -> Int64 {
        let (end, overflow) = moment.addingReportingOverflow(milliseconds)
        return overflow ? .max : end
    }

    /// Whether what was asked for need not be known any more, both in milliseconds since 1970.
    static func isOver(_ moment: Int64, at now: Int64) -> Bool { end(of: moment) <= now }
}

/// How much room may be taken by what is remembered of messages that are not here.
enum OrderRoom {
    /// Asked for here. Where every member does the same it is only for those whom the table does not name, so half of the
    /// room stays free for what has to be remembered.
    case spare
    /// Told by a node that remembers it.
    case told
    /// A member did not hear of it, or did something else.
    case whole

    private var divisor: Int { self == .spare ? 2 : 1 }
    /// Whether it may take of what is kept free beyond the store's size limit.
    var isOfReserve: Bool { self == .whole }

    /// Whether there is room for one more.
    func holds(inAccount: Int, ofAtMost limit: Int = OrderLimits.perAccount, onNode: Int) -> Bool {
        inAccount < limit / divisor && onNode < OrderLimits.perNode / divisor
    }
}
