import SessionProtocol

/// Who lives where on the loopback network.
///
/// Every node and every client has its own 127.x.y.z, so that whoever is called can tell who calls. The second octet
/// is the run's, the third and fourth are the party's: 250 to a third octet, nodes from 0, clients from 200, so that
/// 10,000 of each fit (0–39 and 200–239).
extension Topology {
    private static let addressesPerOctet = 250
    private static let firstClientOctet = 200

    /// Where a node listens, and where its outgoing connections come from.
    ///
    /// - Parameters:
    ///   - index: the node's place in ``Nodes/names``, from 0, below 10,000.
    ///   - addressBlock: the run's second octet, at least 16. Two networks side by side should have different ones.
    /// - Returns: ``listenIP`` if there is one; then ports alone tell nodes apart.
    public func address(ofNode index: Int, addressBlock: UInt8) -> IPv4Address {
        listenIP ?? Self.address(index, firstOctet: 0, addressBlock)
    }

    /// Where a client's connections come from.
    ///
    /// - Parameters:
    ///   - index: from 0, below 10,000.
    ///   - addressBlock: as for ``address(ofNode:addressBlock:)``.
    /// - Returns: ``listenIP`` if there is one.
    public func address(ofClient index: Int, addressBlock: UInt8) -> IPv4Address {
        listenIP ?? Self.address(index, firstOctet: Self.firstClientOctet, addressBlock)
    }

    private static func address(_ index: Int, firstOctet: Int, _ block: UInt8) -> IPv4Address {
        precondition((0..<TopologyRules.nodeCount.upperBound).contains(index), "no address for party \(index)")
        // 127.0–15 belong to others: 127.0.0.1 is everyone's loopback.
        precondition(block >= 16, "address block \(block) is reserved")
        return IPv4Address(
            127, block, UInt8(firstOctet + index / addressesPerOctet), UInt8(index % addressesPerOctet + 1))
    }
}
