extension SignedText {
    /// What a subscriber to new messages signs (storage-node §12.3).
    ///
    /// - Parameters:
    ///   - timestamp: the signature's time, in **seconds** since the epoch.
    ///   - wantsData: whether notices carry the messages' data.
    ///   - namespaces: in the request's order, which is ascending.
    public static func monitor(
        _ account: AccountID, timestamp: Int64, wantsData: Bool, namespaces: [Namespace]
    ) -> Bytes {
        let list = namespaces.map(\.description).joined(separator: ",")
        return Bytes("MONITOR\(account.hex)\(timestamp)\(wantsData ? 1 : 0)\(list)".utf8)
    }
}
