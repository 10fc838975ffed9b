import SessionProtocol

/// The last two addresses a node proved itself from (ledger §2.3).
struct AddressMemory: Sendable, Equatable {
    struct Sighting: Sendable, Equatable {
        var address: IPv4Address
        /// Seconds since the Unix epoch.
        var lastSeen: Int64
    }

    /// At most two.
    private(set) var sightings: [Sighting] = []

    /// A known address is seen again; an unknown one takes the place of the one not seen for longer.
    mutating func see(_ address: IPv4Address, at timestamp: Int64) {
        if let known = sightings.firstIndex(where: { $0.address == address }) {
            sightings[known].lastSeen = timestamp
            return
        }
        let sighting = Sighting(address: address, lastSeen: timestamp)
        if sightings.count < 2 {
            sightings.append(sighting)
        } else {
            sightings[sightings[0].lastSeen <= sightings[1].lastSeen ? 0 : 1] = sighting
        }
    }

    /// Whether the node moved between addresses lately (ledger §2.6).
    /// - Parameters:
    ///   - lastChange: time of the block that last penalised the node, or registered it.
    ///   - window: two addresses seen within it are one too many; 24 hours on mainnet.
    ///   - buffer: addresses seen this soon after ``lastChange`` do not count; 2 hours on mainnet.
    func hasMoved(at now: Int64, lastChange: Int64, window: Duration, buffer: Duration) -> Bool {
        guard sightings.count == 2 else { return false }
        let start = max(
            Duration.seconds(now) - window, Duration.seconds(lastChange) + buffer)
        return sightings.allSatisfy { Duration.seconds($0.lastSeen) > start }
    }
}
