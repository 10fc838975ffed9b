import SessionProtocol

/// The `messages` of a request (storage-node §3.1).
extension RequestFields {
    /// - Throws: unless there is at least one.
    func requireMessages(_ messages: [Bytes]?) throws(Refusal) -> [Bytes] {
        let messages = try require("messages", messages)
        guard !messages.isEmpty else { throw .invalid("messages does not contain any message hashes") }
        return messages
    }

    /// - Throws: for the first that is no message hash.
    func hashes(_ messages: [Bytes]) throws(Refusal) -> [MessageHash] {
        var hashes: [MessageHash] = []
        hashes.reserveCapacity(messages.count)
        for message in messages {
            let text = String(decoding: message, as: UTF8.self)
            guard let hash = MessageHash(text: text) else { throw .invalid("invalid message hash: \(text)") }
            hashes.append(hash)
        }
        return hashes
    }
}
