import SessionProtocol

/// What a client must know of a node to wrap an onion layer for it.
public struct OnionNode: Sendable, Hashable {
    /// Names the node to the hop before it.
    public var ed25519: Ed25519PublicKey
    /// The layer is encrypted to this key.
    public var x25519: X25519PublicKey

    /// Takes both keys as they are.
    public init(ed25519: Ed25519PublicKey, x25519: X25519PublicKey) {
        self.ed25519 = ed25519
        self.x25519 = x25519
    }
}

/// A node that can serve as guard: its address is known.
public struct ListedNode: Sendable, Hashable {
    /// For the layers it opens.
    public var keys: OnionNode
    /// Public, as the ledger lists it.
    public var address: IPv4Address
    /// Where it takes onions.
    public var httpsPort: UInt16

    /// Takes each field as it is.
    public init(keys: OnionNode, address: IPv4Address, httpsPort: UInt16) {
        self.keys = keys
        self.address = address
        self.httpsPort = httpsPort
    }

    /// Reads one element of `service_node_states` (clients.md §3.1).
    ///
    /// - Returns: `nil` without a public address, or when a field that clients require is missing or of another type.
    public init?(state: JSON) {
        guard let address = state["public_ip"]?.asString.flatMap({ IPv4Address($0) }), address != .unknown,
            let port = state["storage_port"]?.asUnsigned.flatMap(UInt16.init(exactly:)), port > 0,
            let ed25519 = state["pubkey_ed25519"]?.asString.flatMap({ Ed25519PublicKey(hex: $0) }),
            let x25519 = state["pubkey_x25519"]?.asString.flatMap({ X25519PublicKey(hex: $0) }),
            state["requested_unlock_height"]?.asUnsigned != nil
        else { return nil }
        self.init(keys: OnionNode(ed25519: ed25519, x25519: x25519), address: address, httpsPort: port)
    }
}

extension OnionNode {
    /// Reads one element of `snodes` (storage-node §1.1).
    ///
    /// A member without public address counts only when the service node list has it: nobody could hand it an onion
    /// otherwise.
    init?(snode: JSON, list: ServiceNodeList) {
        guard let ed25519 = snode["pubkey_ed25519"]?.asString.flatMap({ Ed25519PublicKey(hex: $0) }),
            let x25519 = snode["pubkey_x25519"]?.asString.flatMap({ X25519PublicKey(hex: $0) })
        else { return nil }
        self.init(ed25519: ed25519, x25519: x25519)
        let address = snode["ip"]?.asString.flatMap { IPv4Address($0) } ?? .unknown
        if address == .unknown, list.node(ed25519) == nil { return nil }
    }
}
