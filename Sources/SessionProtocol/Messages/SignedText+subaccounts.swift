extension SignedText {
    /// What an account's owner signs to end or give back subaccounts' access (storage-node §3.5).
    ///
    /// - Parameters:
    ///   - method: `revoke_subaccount` or `unrevoke_subaccount`.
    ///   - timestamp: the request's time, in milliseconds since the epoch.
    ///   - tokens: 36 bytes each, in the order of the request.
    public static func revocation(_ method: String, timestamp: Int64, _ tokens: [Bytes]) -> Bytes {
        Bytes("\(method)\(timestamp)".utf8) + tokens.joined()
    }
}

extension SignedEntry {
    /// What a node signs that did so (storage-node §3.6).
    ///
    /// - Parameters:
    ///   - timestamp: the request's, in milliseconds since the epoch.
    ///   - tokens: 36 bytes each, in the order of the request.
    public static func revocation(_ account: AccountID, _ timestamp: Int64, _ tokens: [Bytes]) -> Bytes {
        Bytes("\(account.hex)\(timestamp)".utf8) + tokens.joined()
    }
}
