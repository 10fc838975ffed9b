import SessionProtocol

/// What the network looks like at one moment; `status` prints it and outside programs read it as JSON.
public struct NetworkStatus: Sendable {
    public struct Ledger: Sendable {
        /// Where clients bootstrap: `http://host:port`.
        public var rpcURL: String
        /// `tcp://host:port`.
        public var omqAddress: String
        public var omqPublicKey: X25519PublicKey
        public var height: UInt64
        /// Of the top block, hex.
        public var blockHash: String
    }
    public struct Node: Sendable {
        public var name: String
        public var state: NodeRunState
        public var mode: Topology.Mode
        public var processID: Int32?
        public var address: IPv4Address
        /// 0 until the node was started.
        public var httpsPort: UInt16
        public var omqPort: UInt16
        public var legacy: LegacyPublicKey
        public var ed25519: Ed25519PublicKey
        public var x25519: X25519PublicKey
        /// As the ledger assigned it; `nil` without one.
        public var swarm: SwarmID?
        /// Where it stands on the ledger.
        public var stake: StakeState
        /// The height above which the ledger lets it go; `nil` while nobody asked for that.
        public var leaves: UInt64?
        /// Whether it is somebody else's program.
        public var isExternal: Bool
    }
    public struct Swarm: Sendable {
        public var id: SwarmID
        /// Names, in natural order.
        public var members: [String]
    }

    public var name: String
    public var seed: UInt64
    public var mode: Topology.Mode
    public var processID: Int32
    public var isReady: Bool
    public var rungs: [RungProgress]
    public var ledger: Ledger
    public var nodes: [Node]
    public var swarms: [Swarm]
    /// What cannot be written now, by whom and why; empty while all is well.
    public var lacks: [String]

    public var json: JSON {
        [
            "name": .string(name), "seed": .uint(seed), "mode": .string(mode.rawValue), "pid": .int(Int(processID)),
            "ready": .bool(isReady),
            "rungs": .array(
                rungs.map { rung in
                    [
                        "rung": .string(rung.rung.rawValue), "done": .int(rung.done), "of": .int(rung.of),
                        "milliseconds": rung.milliseconds.map(JSON.integer) ?? .null,
                    ]
                }),
            "ledger": [
                "rpcURL": .string(ledger.rpcURL), "omqAddress": .string(ledger.omqAddress),
                "omqPubkey": .string(ledger.omqPublicKey.hex), "height": .uint(ledger.height),
                "blockHash": .string(ledger.blockHash),
            ],
            "lacks": .array(lacks.map(JSON.string)), "nodes": .array(nodes.map(\.json)),
            "swarms": .array(
                swarms.map { ["id": .string($0.id.hex), "members": .array($0.members.map(JSON.string))] }),
        ]
    }
}

extension NetworkStatus.Node {
    var json: JSON {
        [
            "name": .string(name), "state": .string(state.rawValue), "mode": .string(mode.rawValue),
            "pid": processID.map { .int(Int($0)) } ?? .null, "ip": .string(address.description),
            "httpsPort": .int(Int(httpsPort)), "omqPort": .int(Int(omqPort)), "pubkeyLegacy": .string(legacy.hex),
            "pubkeyEd25519": .string(ed25519.hex), "pubkeyX25519": .string(x25519.hex),
            "swarm": swarm.map { .string($0.hex) } ?? .null, "stake": .string(stake.rawValue),
            "leaves": leaves.map(JSON.uint) ?? .null, "external": .bool(isExternal),
        ]
    }
}
