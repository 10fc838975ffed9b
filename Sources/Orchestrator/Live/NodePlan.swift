import Faults
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// Everything needed to run one node, in this process or in another: it can be written to a file and holds no secret but
/// the run's seed, from which all keys derive.
public struct NodePlan: Sendable, Equatable {
    public var name: String
    public var seed: UInt64
    /// Where the node listens and calls from.
    public var address: IPv4Address
    public var httpsPort: UInt16
    public var omqPort: UInt16
    public var ledger: OMQPeer
    public var directory: NodeDirectory
    public var certificateFile: String
    public var keyFile: String
    /// How many times faster than the reference it tests its peers; 0: it tests nobody.
    public var peerTestingScale: Int
    /// From one ping of the ledger to the next; whole milliseconds.
    public var pingInterval: Duration
    /// How it keeps messages and serves clients.
    public var storage = Topology.StorageSettings()
    /// The link rules in force when the node starts.
    public var links = LinkRules()
    /// Whether the network begins with this start of the node.
    public var foundsNetwork = false

    /// The same node on the ports it had before.
    func on(_ ports: ListenerPorts?) -> NodePlan {
        var plan = self
        plan.httpsPort = ports?.http ?? httpsPort
        plan.omqPort = ports?.omq ?? omqPort
        return plan
    }

    public var keys: NodeKeys { NodeKeys(networkSeed: seed, name: name) }

    public var json: JSON {
        [
            "name": .string(name), "seed": .uint(seed), "address": .string(address.description),
            "httpsPort": .int(Int(httpsPort)), "omqPort": .int(Int(omqPort)),
            "ledger": [
                "address": .string(ledger.address.description), "port": .int(Int(ledger.port)),
                "publicKey": .string(ledger.publicKey.hex),
            ],
            "directory": .string(directory.path), "certificateFile": .string(certificateFile),
            "keyFile": .string(keyFile), "peerTestingScale": .int(peerTestingScale),
            "pingMilliseconds": .int(Int(pingInterval / .milliseconds(1))), "links": links.json,
            "rateLimit": .bool(storage.rateLimit), "maximumSize": .int(storage.maximumSize),
            "foundsNetwork": .bool(foundsNetwork),
            "statsAccessKeys": .array(storage.statsAccessKeys.map { .string($0.hex) }),
        ]
    }
}

extension NodePlan {
    /// A plan file that cannot be used.
    public struct Malformed: Error, CustomStringConvertible {
        public let field: String
        public var description: String { "the node plan has no usable '\(field)'" }
    }

    public init(json: JSON) throws(Malformed) {
        func field<Value>(_ name: String, _ value: Value?) throws(Malformed) -> Value {
            guard let value else { throw Malformed(field: name) }
            return value
        }
        func port(_ name: String, of json: JSON?) throws(Malformed) -> UInt16 {
            try field(name, json?[name]?.asUnsigned.flatMap(UInt16.init(exactly:)))
        }
        func address(of json: JSON?) throws(Malformed) -> IPv4Address {
            try field("address", json?["address"]?.asString.flatMap { IPv4Address($0) })
        }
        var storage = Topology.StorageSettings()
        storage.rateLimit = try field("rateLimit", json["rateLimit"]?.asBool)
        storage.maximumSize = try field(
            "maximumSize", json["maximumSize"]?.asUnsigned.flatMap(Int.init(exactly:)))
        storage.statsAccessKeys = try field("statsAccessKeys", json["statsAccessKeys"]?.asArray).map {
            key throws(Malformed) in
            try field("statsAccessKeys", key.asString.flatMap { X25519PublicKey(hex: $0) })
        }
        let ledger = json["ledger"]
        let links: LinkRules
        do {
            links = try LinkRules(json: try field("links", json["links"]), at: "links")
        } catch {
            throw error as? Malformed ?? Malformed(field: (error as? LinkRuleError)?.field ?? "links")
        }
        self.init(
            name: try field("name", json["name"]?.asString), seed: try field("seed", json["seed"]?.asUnsigned),
            address: try address(of: json), httpsPort: try port("httpsPort", of: json),
            omqPort: try port("omqPort", of: json),
            ledger: OMQPeer(
                address: try address(of: ledger), port: try port("port", of: ledger),
                publicKey: try field(
                    "ledger.publicKey", ledger?["publicKey"]?.asString.flatMap { X25519PublicKey(hex: $0) }),
                role: .ledger),
            directory: NodeDirectory(path: try field("directory", json["directory"]?.asString)),
            certificateFile: try field("certificateFile", json["certificateFile"]?.asString),
            keyFile: try field("keyFile", json["keyFile"]?.asString),
            peerTestingScale: try field(
                "peerTestingScale", json["peerTestingScale"]?.asUnsigned.flatMap(Int.init(exactly:))),
            pingInterval: .milliseconds(
                try field("pingMilliseconds", json["pingMilliseconds"]?.asUnsigned.flatMap(Int.init(exactly:)))),
            storage: storage, links: links, foundsNetwork: try field("foundsNetwork", json["foundsNetwork"]?.asBool))
    }
}
