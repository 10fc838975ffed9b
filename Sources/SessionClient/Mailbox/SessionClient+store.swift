import SessionCrypto
import SessionProtocol

extension SessionClient {
    /// Stores a message in an account's swarm (storage-node §3, clients.md §6.6).
    ///
    /// Tries again, with the same data and so the same hash, until a node answers; a lost answer therefore makes no
    /// second copy.
    ///
    /// - Parameters:
    ///   - data: at most 76,800 bytes.
    ///   - namespace: one that only the owner may write to needs `account` to be the client's own.
    ///   - ttl: between 10 seconds and 14 days, 30 where a signature is needed.
    /// - Returns: what every member of the swarm says. Some of them may have failed, but at least one has the message.
    /// - Throws: ``ClientError``; ``ClientError/notStored(_:_:)`` when no member has proved that it has the message.
    public func store(
        _ data: Bytes, for account: AccountID, namespace: Namespace = .inbox, ttl: Duration
    ) async throws(ClientError) -> StoreResult {
        guard data.count <= Limits.messageBytes else { throw .messageTooLarge(bytes: data.count) }
        guard namespace.isPublicInbox || account == identity.account else { throw .cannotSign(account, namespace) }
        let encoded = Base64.encode(data)
        var timestamps: [Int64] = []
        let answer = try await call("store", to: .swarm(account)) { now, _ in
            if timestamps.last != now { timestamps.append(now) }
            var parameters: [String: JSON] = [
                "pubkey": .string(account.hex), "namespace": .int(Int(namespace.rawValue)), "timestamp": .integer(now),
                "ttl": .integer(ttl.wholeMilliseconds), "data": .string(encoded),
            ]
            if !namespace.isPublicInbox { sign(&parameters, SignedText.store(namespace, timestamp: now)) }
            return .object(parameters)
        }
        let hash = MessageHash(account: account, namespace: namespace, data: data)
        let node = answer.node.ed25519
        guard var result = StoreResult(answer: answer.body, entry: node, hash: hash) else {
            throw .badReply(method: "store", node: node, problem: "no swarm object keyed by Ed25519 keys")
        }
        if let named = answer.body["hash"], named != .string(hash.text) {
            throw .badReply(method: "store", node: node, problem: "a hash that is not the message's")
        }
        result.timestamps = timestamps
        guard !result.acknowledged.isEmpty else { throw .notStored(hash, result.members) }
        return result
    }

    /// Adds the owner's signature over `text` to a request's parameters (storage-node §3.1).
    func sign(_ parameters: inout [String: JSON], _ text: Bytes) {
        parameters["pubkey_ed25519"] = .string(identity.ed25519.publicKey.hex)
        parameters["signature"] = .string(Base64.encode(identity.ed25519.sign(text)))
    }
}
