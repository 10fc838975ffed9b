import SessionProtocol

/// A network to start: what a file of `topologies/` says, checked, with defaults filled in.
///
/// Every field may be left out of the file. Its YAML form is given beside each one.
public struct Topology: Sendable, Equatable {
    /// The run's name and its directory's under `logs/`: 1–32 of a–z, 0–9 and `-`, not `latest`.
    /// YAML `name: dev`. Default `dev`.
    public var name = "dev"

    /// Every key and every choice of the run derives from it. YAML `seed: 42`, 0–18446744073709551615.
    /// Default: none, and the run draws one and prints it.
    public var seed: UInt64?

    /// Where the nodes run. YAML `mode: in-process`, `mode: subprocess` or `mode: simulated`. Default `in-process`.
    public var mode = Mode.inProcess

    /// Whether keys, signatures and ciphers are computed or only their shapes kept. YAML `crypto: real` or
    /// `crypto: modelled`, the latter only with `mode: simulated`. Default `real`.
    public var crypto = Crypto.real

    /// The service nodes. YAML `nodes: {count: 12}`, 1–10000, or a list of `- name: n1`. Default 12 nodes, n1…n12.
    public var nodes = Nodes.count(12)

    /// Those of the nodes that are other programs, by name. YAML, in the list of nodes,
    /// `- {name: ext1, external: {executable: oxen-storage, arguments: [--oxend-rpc, "{ledger}"]}}`. Default: none, and
    /// every node is ours.
    public var externals: [String: ExternalServer] = [:]

    /// How nodes keep messages and serve clients. YAML `storage: {rateLimit: true, maximumSize: 3584MiB}`.
    public var storage = StorageSettings()

    /// The mock staking ledger. YAML `ledger: {preset: whitepaper-2020, blockTime: auto, rpcPort: 0}`.
    public var ledger = LedgerSettings()

    /// One address for every node, for clients outside this machine. YAML `listenIP: 192.0.2.7`.
    /// Default: none, and every node has its own 127.x.y.z (``address(ofNode:addressBlock:)``). A simulation ignores it.
    public var listenIP: IPv4Address?

    /// The scripted clients. YAML `clients: {count: 2, cipher: xchacha20}`.
    public var clients = ClientSettings()

    /// What `testnet verify` does. YAML `verification: {messages: 20, kill: n3, timeout: 60}`.
    public var verification = VerificationSettings()

    /// What clients do for how long, as `testnet bench` runs it. YAML `load: {name: S, minutes: 60, inventory: true}`.
    /// Default: none, and a replay of the topology verifies.
    public var load: LoadSettings?

    /// What a simulated network is like; the other modes have a real one, and refuse all but the defaults. YAML
    /// `network: {profile: lan, mischief: rare}`.
    public var network = NetworkConditions()

    /// The nodes' HTTPS certificate. YAML `tls: {certificate: cert.pem, key: key.pem}`.
    /// Default: none, and the run makes a self-signed one. A simulation ignores it.
    public var tls: TLSFiles?

    /// A network of 12 nodes in this process, everything by default.
    public init() {}

    /// Where the nodes run.
    public enum Mode: String, Sendable, CaseIterable {
        /// All in this process, over real sockets.
        case inProcess = "in-process"
        /// A process for each node.
        case subprocess
        /// All in this process, in virtual time, over a simulated network: a seed replays the run exactly.
        case simulated
    }

    /// How cryptography is done.
    public enum Crypto: String, Sendable, CaseIterable {
        /// As in production.
        case real
        /// Cheap stand-ins of the same sizes, for runs too large for the real thing. Proves nothing about cryptography.
        case modelled
    }

    /// How many service nodes there are, or what they are called.
    public enum Nodes: Sendable, Equatable {
        /// So many, named n1, n2 and so on.
        case count(Int)
        /// These, in this order. Names are 1–32 of a–z, 0–9 and `-`, each once.
        case named([String])

        public var names: [String] {
            switch self {
            case .count(let count): (0..<max(count, 0)).map { "n\($0 + 1)" }
            case .named(let names): names
            }
        }

        public var count: Int {
            switch self {
            case .count(let count): count
            case .named(let names): names.count
            }
        }
    }

    /// The scripted clients.
    public struct ClientSettings: Sendable, Equatable {
        /// How many. YAML `count`, 2–10000: a sender and a recipient at least; up to 100000 in a simulation. Default 2.
        public var count = 2
        /// How they encrypt onions. YAML `cipher: aes-gcm` or `cipher: xchacha20`. Default `xchacha20`.
        public var cipher = OnionCipher.xchacha20

        public init() {}
    }

    /// What `testnet verify` does.
    public struct VerificationSettings: Sendable, Equatable {
        /// How many messages are sent, each between clients of its own. YAML `messages`, 1–10000. Default 20.
        public var messages = 20
        /// The node that is killed half-way. YAML `kill: n3`. Default: none.
        public var kill: String?
        /// How long the network may take to become ready. YAML `timeout` in seconds, 1–86400, virtual ones in a simulation.
        /// Default 60.
        public var timeoutSeconds = 60

        public init() {}
    }

    /// How busy clients are, and for how long.
    public struct LoadSettings: Sendable, Equatable {
        /// How often clients poll and write. YAML `name: S` or `name: L`. Default `S`.
        public var name = LoadName.small
        /// How long they do, from the moment the network is ready: minutes of the network's time. YAML `minutes`,
        /// 1–100000. Default 60.
        public var minutes = 60
        /// Whether every node tells in the end what it holds. YAML `inventory: true` or `false`, the latter for networks
        /// too large to list their messages. Default `true`.
        public var takesInventory = true

        /// Load S for an hour, everything by default.
        public init() {}
    }

    /// How often clients poll and write.
    public enum LoadName: String, Sendable, CaseIterable {
        /// Few people who talk a lot.
        case small = "S"
        /// Many people who mostly listen.
        case large = "L"
    }

    /// What a simulated network is like.
    public struct NetworkConditions: Sendable, Equatable {
        /// How far apart hosts are. YAML `profile: loopback`, `lan` or `internet`. Default `lan`.
        public var profile = NetworkProfile.lan
        /// How often hosts, disks and timers misbehave. YAML `mischief: rare` or `none`. Default `rare`.
        public var mischief = MischiefLevel.rare

        public init() {}
    }

    /// How far apart the hosts of a simulated network are.
    public enum NetworkProfile: String, Sendable, CaseIterable {
        /// All on one machine.
        case loopback
        /// In one building.
        case lan
        /// Anywhere.
        case internet
    }

    /// How often a simulation does what real systems do on a bad day: a slow disk or peer, a late or early timer.
    public enum MischiefLevel: String, Sendable, CaseIterable {
        /// Never.
        case none
        /// Now and then, by the seed.
        case rare
    }

    /// PEM files of the certificate that every node shows. Relative paths start at the working directory.
    public struct TLSFiles: Sendable, Equatable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }
}
