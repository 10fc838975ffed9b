import SessionProtocol

/// The peers that did not pass this node's last test of them, and when each is tested again (storage-node §9.1). Pure:
/// no clock, no chance, no network.
struct FailingPeers: Sendable {
    private struct Peer {
        var failures = 0
        /// Waits for its retest; not so while one is under way.
        var isQueued = false
        /// It did not give back a message it should hold.
        var hasLostMessages = false
    }
    private var peers: [LegacyPublicKey: Peer] = [:]
    /// The next one last, so that taking it moves nothing.
    private var queue: [(due: Duration, peer: LegacyPublicKey)] = []

    func contains(_ peer: LegacyPublicKey) -> Bool { !peers.isEmpty && peers[peer] != nil }

    /// Whether it still has to show that it holds its messages.
    func hasLostMessages(_ peer: LegacyPublicKey) -> Bool { peers[peer]?.hasLostMessages ?? false }

    /// How often it failed without passing in between.
    func failures(of peer: LegacyPublicKey) -> Int { peers[peer]?.failures ?? 0 }

    /// When the first of those waiting is due, as an uptime.
    var nextDue: Duration? { queue.last?.due }

    /// A test was failed. While a retest waits already, a second failure changes nothing.
    /// - Returns: whether it had passed before.
    mutating func failed(_ peer: LegacyPublicKey, retestAt due: Duration) -> Bool {
        let known = peers[peer]
        guard known?.isQueued != true else { return false }
        var new = known ?? Peer()
        new.failures += 1
        peers[peer] = new
        enqueue(peer, due)
        return known == nil
    }

    /// Every test was passed.
    /// - Returns: whether it had failed before.
    mutating func passed(_ peer: LegacyPublicKey) -> Bool {
        guard contains(peer) else { return false }
        forget(peer)
        return true
    }

    /// Sets or lifts the duty to show its messages; a peer that is not failing has none.
    mutating func setLostMessages(_ hasLost: Bool, _ peer: LegacyPublicKey) { peers[peer]?.hasLostMessages = hasLost }

    /// Takes those who are due, the earliest first, for a test that begins now.
    mutating func takeDue(at now: Duration, limit: Int) -> [LegacyPublicKey] {
        var due: [LegacyPublicKey] = []
        while due.count < limit, let next = queue.last, next.due <= now {
            queue.removeLast()
            peers[next.peer]?.isQueued = false
            due.append(next.peer)
        }
        return due
    }

    /// Lets a peer that could not be tested wait once more; this is no failure.
    mutating func postpone(_ peer: LegacyPublicKey, until due: Duration) {
        guard let known = peers[peer], !known.isQueued else { return }
        enqueue(peer, due)
    }

    /// For a peer that is no longer listed.
    mutating func forget(_ peer: LegacyPublicKey) {
        if peers.removeValue(forKey: peer)?.isQueued == true { queue.removeAll { $0.peer == peer } }
    }

    private mutating func enqueue(_ peer: LegacyPublicKey, _ due: Duration) {
        peers[peer]?.isQueued = true
        // Of two that are due together, whoever failed first is tested first.
        let position = queue.firstIndex { $0.due <= due } ?? queue.count
        queue.insert((due, peer), at: position)
    }
}
