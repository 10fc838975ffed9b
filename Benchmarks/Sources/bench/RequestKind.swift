import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol

/// What a client of ``RequestBenchmark`` asks for.
enum RequestKind: String, CaseIterable {
    case info
    case store = "store x5"
    case retrieve = "retrieve 10"
    case onionInfo = "onion3 info"
    case onionStore = "onion3 store"
    case onionRetrieve = "onion3 retrieve"

    /// Whether there must be messages before.
    var readsMailbox: Bool { self == .retrieve || self == .onionRetrieve }

    var isOnion: Bool {
        switch self {
        case .onionInfo, .onionStore, .onionRetrieve: true
        default: false
        }
    }
}

/// Makes the requests of one connection, and reads their answers.
struct RequestAuthor {
    let kind: RequestKind
    /// The guard, a relay, the destination; they are all in the account's swarm.
    let route: [OnionNode]
    let cipher: OnionCipher
    let mailbox: RequestMailbox
    let randomness: SeededRandomness

    /// One request and how to tell from its answer whether it was served.
    struct Request {
        let path: String
        let body: Bytes
        fileprivate let kind: RequestKind
        fileprivate let onion: OnionRequest?

        /// - Throws: ``BenchError`` when the answer is not what was asked for.
        func check(_ answer: Bytes) throws {
            var body = answer
            if let onion {
                let reply = try onion.open(answer)
                guard reply.status == 200 else { throw BenchError("\(kind.rawValue) was answered \(reply.status)") }
                body = reply.body
            }
            let json = try JSON(parsing: body)
            let isServed =
                switch kind {
                case .info, .onionInfo: json["version"] != nil
                case .store, .onionStore:
                    json["swarm"]?.asObject.map { $0.count == 5 && $0.allSatisfy { $0.value["hash"] != nil } } ?? false
                case .retrieve, .onionRetrieve: json["messages"]?.asArray?.count == RequestMailbox.messages
                }
            guard isServed else { throw BenchError("\(kind.rawValue) was answered \(json.text.prefix(300))") }
        }
    }

    /// A fresh request: onions and messages are never used twice.
    func request(at milliseconds: Int64) throws -> Request {
        let content: JSON =
            switch kind {
            case .info, .onionInfo: ["method": "info", "params": [:]]
            case .store, .onionStore: mailbox.store(randomness.bytes(RequestMailbox.bytes), at: milliseconds)
            case .retrieve, .onionRetrieve: mailbox.retrieve(at: milliseconds)
            }
        guard kind.isOnion else {
            return Request(path: "/storage_rpc/v1", body: content.utf8, kind: kind, onion: nil)
        }
        let onion = try OnionRequest(content.utf8, through: route, cipher: cipher, randomness: randomness)
        return Request(path: "/onion_req/v2", body: onion.body, kind: kind, onion: onion)
    }
}

/// An account and what its client says to its swarm.
struct RequestMailbox {
    let identity: SessionIdentity

    /// In a mailbox that is read.
    static let messages = 10
    /// Of a message.
    static let bytes = 1024

    init(_ randomness: SeededRandomness) throws { identity = try SessionIdentity(seed: randomness.bytes(16)) }

    func store(_ data: Bytes, at milliseconds: Int64) -> JSON {
        [
            "method": "store",
            "params": [
                "pubkey": .string(identity.account.hex), "namespace": 0, "timestamp": .integer(milliseconds),
                "ttl": 86_400_000, "data": .string(Base64.encode(data)),
            ],
        ]
    }

    func retrieve(at milliseconds: Int64) -> JSON {
        let signature = identity.ed25519.sign(SignedText.retrieve(.inbox, timestamp: milliseconds))
        return [
            "method": "retrieve",
            "params": [
                "pubkey": .string(identity.account.hex), "namespace": 0, "timestamp": .integer(milliseconds),
                "pubkey_ed25519": .string(identity.ed25519.publicKey.hex),
                "signature": .string(Base64.encode(signature)),
            ],
        ]
    }
}
