import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Requests by which the account of the vectors changes what its swarm keeps, signed as its owner would.
extension TestAccount {
    /// A message of the Session ID's, by its data.
    func hash(_ data: String, _ namespace: Int16 = 0) -> MessageHash {
        MessageHash(account: session, namespace: Namespace(namespace), data: Bytes(data.utf8))
    }

    /// - Parameter text: what the signature covers.
    func signed(_ text: Bytes, _ fields: [String: JSON]) -> [String: JSON] {
        [
            "pubkey": .string(session.hex), "pubkey_ed25519": .string(keys.publicKey.hex),
            "signature": .string(sign(text)),
        ].merging(fields) { $1 }
    }

    func delete(_ hashes: [MessageHash], extra: [String: JSON] = [:]) -> JSON {
        .object(signed(SignedText.delete(hashes), ["messages": Self.names(hashes)]).merging(extra) { $1 })
    }

    func deleteAll(_ mailboxes: MailboxSelection, at time: Int64? = nil, extra: [String: JSON] = [:]) -> JSON {
        let time = time ?? self.time
        return .object(
            signed(
                SignedText.deleteAll(mailboxes, timestamp: time),
                ["namespace": mailboxes.field, "timestamp": .integer(time)]
            ).merging(extra) { $1 })
    }

    func deleteBefore(_ mailboxes: MailboxSelection, _ time: Int64, extra: [String: JSON] = [:]) -> JSON {
        .object(
            signed(
                SignedText.deleteBefore(mailboxes, time), ["namespace": mailboxes.field, "before": .integer(time)]
            ).merging(extra) { $1 })
    }

    func expireAll(_ mailboxes: MailboxSelection, _ expiry: Int64, extra: [String: JSON] = [:]) -> JSON {
        .object(
            signed(
                SignedText.expireAll(mailboxes, expiry: expiry),
                ["namespace": mailboxes.field, "expiry": .integer(expiry)]
            ).merging(extra) { $1 })
    }

    /// - Parameter flag: `shorten` or `extend`.
    func expire(
        _ hashes: [MessageHash], _ expiries: [Int64], flag: String? = nil, extra: [String: JSON] = [:]
    ) -> JSON {
        var fields: [String: JSON] = [
            "messages": Self.names(hashes),
            "expiry": expiries.count == 1 ? .integer(expiries[0]) : .array(expiries.map(JSON.integer)),
        ]
        if let flag { fields[flag] = true }
        return .object(signed(SignedText.expire(flag: flag, expiries, hashes), fields).merging(extra) { $1 })
    }

    func getExpiries(_ names: [String], at time: Int64? = nil, extra: [String: JSON] = [:]) -> JSON {
        let time = time ?? self.time
        return .object(
            signed(
                SignedText.getExpiries(timestamp: time, names.map { Bytes($0.utf8) }),
                ["messages": .array(names.map(JSON.string)), "timestamp": .integer(time)]
            ).merging(extra) { $1 })
    }

    static func names(_ hashes: [MessageHash]) -> JSON { .array(hashes.map { .string($0.text) }) }
}

extension MailboxSelection {
    /// As requests write it.
    var field: JSON {
        switch self {
        case .one(let namespace): .integer(Int64(namespace.rawValue))
        case .all: "all"
        }
    }
}

extension JSON {
    /// The same request in bencode: keys and signatures raw, flags as numbers.
    var bencodedRequest: Bencode {
        switch self {
        case .object(let fields):
            .dictionary(
                fields.filter { $0.value != .null }.reduce(into: [:]) { result, field in
                    result[field.key] =
                        switch (field.key, field.value) {
                        case ("pubkey", .string(let text)), ("pubkey_ed25519", .string(let text)):
                            .bytes(Hex.decode(text) ?? Bytes(text.utf8))
                        case ("signature", .string(let text)), ("subaccount", .string(let text)),
                            ("subaccount_sig", .string(let text)), ("data", .string(let text)):
                            .bytes(Base64.decode(text) ?? Bytes(text.utf8))
                        default: field.value.bencodedRequest
                        }
                })
        case .array(let values): .list(values.map(\.bencodedRequest))
        case .string(let text): .text(text)
        case .integer(let value): .integer(value)
        case .bool(let flag): .bool(flag)
        case .null, .number, .unsigned: .text("not to be said in bencode")
        }
    }
}

extension TestNode {
    /// This node's entry in the answer to a call that must succeed.
    func entry(_ method: String, _ parameters: JSON) async throws -> JSON {
        try await result(method, parameters).need("swarm").need(state.keys.ed25519.publicKey.hex)
    }

    /// Whether this node signed `text` in its entry.
    func isSigned(_ entry: JSON, _ text: Bytes) throws -> Bool {
        let signature = try #require(Base64.decode(entry.text("signature")))
        return state.keys.ed25519.publicKey.verifies(signature, of: text)
    }

    /// The data of a mailbox of the vectors' account, in the order of arrival.
    func mailbox(_ account: TestAccount, _ namespace: Int16 = 0) async throws -> [String] {
        try await result("retrieve", account.retrieve(namespace)).list("messages").map {
            String(decoding: try #require(Base64.decode($0.text("data"))), as: UTF8.self)
        }
    }

    /// The expiries of a mailbox, in the order of arrival.
    func expiries(_ account: TestAccount, _ namespace: Int16 = 0) async throws -> [Int64] {
        try await result("retrieve", account.retrieve(namespace)).list("messages").map {
            try #require($0["expiration"]?.asInteger)
        }
    }
}
