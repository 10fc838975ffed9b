import Foundation
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol

/// What can be found out about an external server from outside: over its HTTPS interface, as by any client.
struct ExternalInterface: Sendable {
    let member: NodeMember
    /// Makes a transport of the node's own address; whoever uses it closes it.
    let probe: @Sendable () -> any Transport

    private static let patience = Duration.seconds(5)
    /// No server may make its reader read more pages than this.
    private static let pageLimit = 256

    /// It did not answer as it must.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Whether something answers there as this node.
    func isReached(at port: UInt16) async -> Bool {
        do {
            let reply = try await probe().postOnce(
                OutgoingPost(url: url(port, "/ping_test/v1"), body: [], timeout: Self.patience))
            return NodeAnswer.isOf(member, reply)
        } catch {
            // Not yet: whoever asks asks again.
            return false
        }
    }

    /// Who it takes for the members of a swarm.
    /// - Returns: `nil` while it knows no such swarm.
    /// - Throws: ``Failure``, also while it is not ready.
    func members(of swarm: SwarmID, at port: UInt16) async throws(Failure) -> Set<LegacyPublicKey>? {
        // An account whose place on the ring is the swarm's own.
        var account = Bytes(repeating: 0, count: 33)
        account[0] = AccountID.sessionPrefix
        for index in 0..<8 { account[1 + index] = UInt8(truncatingIfNeeded: swarm.rawValue >> UInt64(56 - 8 * index)) }
        let answer = try await call("get_swarm", ["pubkey": .string(Hex.encode(account))], at: port)
        guard answer["swarm"]?.asString.flatMap({ SwarmID(hex: $0) }) == swarm else { return nil }
        let keys = (answer["snodes"]?.asArray ?? []).compactMap { node in
            node["pubkey_legacy"]?.asString.flatMap { LegacyPublicKey(hex: $0) }
        }
        return Set(keys)
    }

    /// What it holds in an account's inbox, read with the account's own signature.
    /// - Returns: records as ``EventKind/inventoryTaken`` has them.
    func records(of identity: SessionIdentity, now: Int64, at port: UInt16) async throws(Failure) -> [JSON] {
        var records: [JSON] = []
        var cursor = ""
        for _ in 0..<Self.pageLimit {
            let page = try await call("retrieve", retrieval(of: identity, after: cursor, now), at: port)
            guard let messages = page["messages"]?.asArray, let more = page["more"]?.asBool else {
                throw Failure(description: "it answered retrieve without messages or without more")
            }
            for message in messages {
                guard let hash = message["hash"]?.asString,
                    let data = message["data"]?.asString.flatMap({ Base64.decode($0) })
                else { throw Failure(description: "it answered retrieve with a message without hash or data") }
                cursor = hash
                var record: [String: JSON] = [
                    "account": .string(identity.account.hex), "namespace": .int(Int(Namespace.inbox.rawValue)),
                    "hash": .string(hash), "digest": .string(Hex.encode(Digest.sha256(data))),
                ]
                record["timestamp"] = message["timestamp"]
                record["expiry"] = message["expiration"]
                records.append(.object(record))
            }
            guard more, !messages.isEmpty else { return records }
        }
        throw Failure(description: "it gave pages of an inbox without end")
    }

    private func retrieval(of identity: SessionIdentity, after cursor: String, _ now: Int64) -> JSON {
        let signature = identity.ed25519.sign(SignedText.retrieve(.inbox, timestamp: now))
        return [
            "pubkey": .string(identity.account.hex), "namespace": .int(Int(Namespace.inbox.rawValue)),
            "timestamp": .integer(now), "last_hash": .string(cursor), "max_size": -1,
            "pubkey_ed25519": .string(identity.ed25519.publicKey.hex), "signature": .string(Base64.encode(signature)),
        ]
    }

    private func call(_ method: String, _ parameters: JSON, at port: UInt16) async throws(Failure) -> JSON {
        let body: JSON = ["method": .string(method), "params": parameters]
        let reply: HTTPReply
        do {
            reply = try await probe().postOnce(
                OutgoingPost(url: url(port, "/storage_rpc/v1"), body: body.utf8, timeout: Self.patience))
        } catch {
            throw Failure(description: "it did not answer \(method): \(error)")
        }
        let text = String(decoding: reply.body.prefix(200), as: UTF8.self)
        guard reply.status == 200 else {
            throw Failure(description: "it answered \(method) with \(reply.status): \(text)")
        }
        do {
            return try JSON(parsing: reply.body)
        } catch {
            throw Failure(description: "it answered \(method) with no JSON: \(text)")
        }
    }

    private func url(_ port: UInt16, _ path: String) -> String { "https://\(member.address):\(port)\(path)" }
}

/// How a node proves on its HTTPS port that it is that node (storage-node §2.1).
enum NodeAnswer {
    /// Whether an answer to a ping is that node's.
    static func isOf(_ member: NodeMember, _ reply: HTTPReply) -> Bool {
        let key = reply.headers.first { $0.key.lowercased() == "x-oxen-snode-pubkey" }?.value
        return reply.status == 200 && key == Base64.encode(member.keys.legacy.publicKey.bytes)
    }
}
