import ServiceNode

extension PeerTestingTimes {
    /// The reference's times, shortened; none for a scale of 0.
    init(scale: Int) { self = scale > 0 ? PeerTestingTimes(timeScale: Double(scale)) : .off }
}
