/// What an account holder signs to change what its swarm keeps (storage-node §3.5).
extension SignedText {
    /// - Parameter hashes: in the order of the request, and so for every method below.
    public static func delete(_ hashes: [MessageHash]) -> Bytes { Bytes("delete\(hashes.signedText)".utf8) }

    /// - Parameter timestamp: the request's time, in milliseconds since the epoch.
    public static func deleteAll(_ mailboxes: MailboxSelection, timestamp: Int64) -> Bytes {
        Bytes("delete_all\(mailboxes.signedText)\(timestamp)".utf8)
    }

    /// - Parameter time: messages sent then or earlier are meant, in milliseconds since the epoch.
    public static func deleteBefore(_ mailboxes: MailboxSelection, _ time: Int64) -> Bytes {
        Bytes("delete_before\(mailboxes.signedText)\(time)".utf8)
    }

    /// - Parameter expiry: milliseconds since the epoch.
    public static func expireAll(_ mailboxes: MailboxSelection, expiry: Int64) -> Bytes {
        Bytes("expire_all\(mailboxes.signedText)\(expiry)".utf8)
    }

    /// - Parameters:
    ///   - flag: `shorten` or `extend`, if the request sets one of them.
    ///   - expiries: as the request has them, in milliseconds since the epoch: one, or one a hash.
    public static func expire(flag: String?, _ expiries: [Int64], _ hashes: [MessageHash]) -> Bytes {
        Bytes("expire\(flag ?? "")\(expiries.map(String.init).joined())\(hashes.signedText)".utf8)
    }

    /// - Parameters:
    ///   - timestamp: the request's time, in milliseconds since the epoch.
    ///   - hashes: whatever stands in the request; nobody checks that it is a hash.
    public static func getExpiries(timestamp: Int64, _ hashes: [Bytes]) -> Bytes {
        Bytes("get_expiries\(timestamp)".utf8) + hashes.joined()
    }
}

extension MailboxSelection {
    /// The selection as it enters signed texts: `all`, or as ``Namespace/signedText``.
    var signedText: String {
        switch self {
        case .one(let namespace): namespace.signedText
        case .all: "all"
        }
    }
}
