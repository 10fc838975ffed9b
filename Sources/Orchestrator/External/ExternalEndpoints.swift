import NodeRuntime
import SessionCrypto
import SessionProtocol
import Sockets

/// Where external servers reach the ledger: each on an endpoint of its own, because a server that has yet to ask for
/// its keys cannot say who it is (storage-node §10.1).
struct ExternalEndpoints {
    private let settings: NetworkSettings

    init(_ settings: NetworkSettings) { self.settings = settings }

    /// In the order of the topology.
    private var places: [(index: Int, name: String)] {
        let externals = settings.topology.externals
        guard !externals.isEmpty else { return [] }
        return settings.topology.nodes.names.enumerated().compactMap { index, name in
            externals[name] == nil ? nil : (index, name)
        }
    }

    /// - Parameter ports: those of before, in this order; none lets the system choose.
    func listeners(on ports: [UInt16]) -> [PlainListener] {
        places.enumerated().map { number, place in
            let address = settings.topology.address(ofNode: place.index, addressBlock: settings.addressBlock)
            return PlainListener(
                address: Self.door(of: address), port: number < ports.count ? ports[number] : 0,
                caller: NodeKeys(networkSeed: settings.seed, name: place.name).x25519.publicKey,
                callerAddress: address)
        }
    }

    /// Where the ledger listens for a node, as it reaches it; `nil` for one that is ours, or that came later.
    /// - Parameters:
    ///   - ports: of ``listeners(on:)``, as they were bound.
    ///   - peer: the ledger as others reach it.
    func peer(for member: NodeMember, on ports: [UInt16], like peer: OMQPeer) -> OMQPeer? {
        guard let number = places.firstIndex(where: { $0.name == member.name }), number < ports.count else {
            return nil
        }
        var peer = peer
        peer.address = Self.door(of: member.address)
        peer.port = ports[number]
        return peer
    }

    /// Whoever can connect gets the node's secret keys, so the endpoint never leaves this machine.
    private static func door(of address: IPv4Address) -> IPv4Address {
        address.rawValue >> 24 == 127 ? address : .loopback
    }
}
