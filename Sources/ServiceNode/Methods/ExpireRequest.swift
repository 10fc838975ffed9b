import SessionProtocol
import Storage

/// The parameters of `expire`, checked (storage-node §3.2).
struct ExpireRequest: RequestParameters {
    let signer: SignedAccount
    let messages: [MessageHash]
    /// In milliseconds since the epoch: one for all messages, or one for each. Never empty.
    let expiries: [Int64]
    /// What the request's flags ask for.
    let change: ExpiryChange

    init(_ fields: RequestFields) throws(Refusal) {
        let expiries = try fields.timestamps("expiry")
        let extends = try fields.bool("extend") ?? false
        let messages = try fields.strings("messages")
        var block = try SignedAccount.Fields(keysOf: fields)
        let shortens = try fields.bool("shorten") ?? false
        try block.readSignatures(of: fields)

        signer = try block.checked(fields)
        self.expiries = try fields.require("expiry", expiries)
        guard !self.expiries.isEmpty else {
            throw .invalid("'expiry' does not contain any expiration timestamps")
        }
        guard !(shortens && extends) else { throw .invalid("cannot specify both 'shorten' and 'extend'") }
        change = shortens ? .shorten : extends ? .extend : .set
        let texts = try fields.requireMessages(messages)
        guard self.expiries.count == 1 || self.expiries.count == texts.count else {
            throw .invalid("'expiry' must be a single expiry, or the same length as 'messages'")
        }
        self.messages = try fields.hashes(texts)
    }

    /// The flag that is set.
    var flag: String? {
        switch change {
        case .set: nil
        case .extend: "extend"
        case .shorten: "shorten"
        }
    }

    /// What a swarm peer is sent (storage-node §8.1): the expiries as they were signed, not as this node caps them.
    var forwarded: Bencode {
        var fields = signer.forwarded
        fields["expiry"] = expiries.count == 1 ? .integer(expiries[0]) : .list(expiries.map(Bencode.integer))
        fields["messages"] = .list(messages.map { .text($0.text) })
        if let flag { fields[flag] = .bool(true) }
        return .dictionary(fields)
    }
}
