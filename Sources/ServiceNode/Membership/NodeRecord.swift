import NodeRuntime
import SessionProtocol

/// A funded service node as the ledger lists it.
public struct NodeRecord: Sendable, Equatable {
    public var legacy: LegacyPublicKey
    public var ed25519: Ed25519PublicKey
    public var x25519: X25519PublicKey
    /// 0.0.0.0 until the ledger has seen a proof.
    public var address: IPv4Address
    public var httpsPort: UInt16
    public var omqPort: UInt16
    /// ``SwarmID/unassigned`` while decommissioned.
    public var swarm: SwarmID
    /// Of its storage server, as that told the ledger.
    public var version = StorageServerVersion.unknown

    /// Whether the ledger knows no way to the node at all.
    var isUnaddressed: Bool { address == .unknown && httpsPort == 0 && omqPort == 0 }
    /// Whether the ledger knows every way to the node.
    var isComplete: Bool { address != .unknown && httpsPort != 0 && omqPort != 0 }

    /// Where to reach the node's message queue.
    var peer: OMQPeer { OMQPeer(address: address, port: omqPort, publicKey: x25519) }

    /// The element of `snodes` that clients get (storage-node §1.1).
    var clientRecord: ReplyValue {
        [
            "address": .text(legacy.snodeAddress),
            "ip": .text(address.description),
            "port": .text(String(httpsPort)),
            "port_https": .integer(Int64(httpsPort)),
            "port_omq": .integer(Int64(omqPort)),
            "pubkey_ed25519": .text(ed25519.hex),
            "pubkey_legacy": .text(legacy.hex),
            "pubkey_x25519": .text(x25519.hex),
        ]
    }
}
