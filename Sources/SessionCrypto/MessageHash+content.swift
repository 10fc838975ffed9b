import SessionProtocol

extension MessageHash {
    /// The name of a message from what it says and where it lies; times do not enter (storage-node §4).
    ///
    /// - Parameter data: decoded, not base64.
    public init(account: AccountID, namespace: Namespace, data: Bytes) {
        let digest = Digest.blake2b(account.bytes + Bytes(namespace.signedText.utf8) + data)
        guard let hash = MessageHash(digest: digest) else { preconditionFailure("BLAKE2b-256 gives 32 bytes") }
        self = hash
    }
}
