import SessionProtocol

/// Who lives where.
///
/// Every node and every client has an address of its own, so that whoever is called can tell who calls. On the loopback
/// network that is a 127.x.y.z: the second octet is the run's, the third and fourth are the party's: 250 to a third
/// octet, nodes from 0, clients from 200, so that 10,000 of each fit (0–39 and 200–239). In a simulation nodes have
/// 10.0.0.0/16 and clients 10.128.0.0/15, whatever the run is called: its name must not change a replay.
extension Topology {
    private static let addressesPerOctet = 250
    private static let firstClientOctet = 200
    private static let firstSimulatedClientOctet = 128

    /// Where a node listens, and where its outgoing connections come from.
    ///
    /// - Parameters:
    ///   - index: the node's place in ``Nodes/names``, from 0, below 10,000.
    ///   - addressBlock: the run's second octet, at least 16. Two networks side by side should have different ones. A
    ///     simulation ignores it.
    /// - Returns: ``listenIP`` if there is one, but not in a simulation; then ports alone tell nodes apart.
    public func address(ofNode index: Int, addressBlock: UInt8) -> IPv4Address {
        precondition(TopologyRules.nodeCount.contains(index + 1), "no address for node \(index)")
        guard mode != .simulated else { return Self.simulatedAddress(index, firstOctet: 0) }
        return listenIP ?? Self.loopbackAddress(index, firstOctet: 0, addressBlock)
    }

    /// Where a client's connections come from.
    ///
    /// - Parameters:
    ///   - index: from 0, below 10,000; in a simulation below 100,000.
    ///   - addressBlock: as for ``address(ofNode:addressBlock:)``.
    /// - Returns: ``listenIP`` if there is one, but not in a simulation.
    public func address(ofClient index: Int, addressBlock: UInt8) -> IPv4Address {
        let limit = mode == .simulated ? TopologyRules.simulatedClientCount : TopologyRules.clientCount
        precondition((0..<limit.upperBound).contains(index), "no address for client \(index)")
        guard mode != .simulated else {
            return Self.simulatedAddress(index, firstOctet: Self.firstSimulatedClientOctet)
        }
        return listenIP ?? Self.loopbackAddress(index, firstOctet: Self.firstClientOctet, addressBlock)
    }

    private static func loopbackAddress(_ index: Int, firstOctet: Int, _ block: UInt8) -> IPv4Address {
        // 127.0–15 belong to others: 127.0.0.1 is everyone's loopback.
        precondition(block >= 16, "address block \(block) is reserved")
        return IPv4Address(
            127, block, UInt8(firstOctet + index / addressesPerOctet), UInt8(index % addressesPerOctet + 1))
    }

    private static func simulatedAddress(_ index: Int, firstOctet: Int) -> IPv4Address {
        let third = index / addressesPerOctet
        return IPv4Address(
            10, UInt8(firstOctet + third / addressesPerOctet), UInt8(third % addressesPerOctet),
            UInt8(index % addressesPerOctet + 1))
    }
}
