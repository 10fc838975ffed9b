/// When a node tests its peers (storage-node §9). How long it waits for an answer is no part of this: the network does
/// not become faster with the ledger's time.
public struct PeerTestingTimes: Sendable, Equatable {
    /// Whether the node tests anybody at all. It answers others' tests either way.
    public var isOn = true
    /// From one test of the next node in the queue to the one after it, on average.
    public var mean = Duration.seconds(10)
    /// The standard deviation of that, and of the wait for a retest.
    public var deviation = Duration.seconds(3)
    /// What each failure adds to the wait for the next retest.
    public var retestStep = Duration.seconds(10)
    /// A failing node is tested again after this at the latest.
    public var longestRetest = Duration.seconds(120)
    /// How many retests may start together …
    public var retestsAtOnce = 4
    /// … and how long others that are due wait after that many.
    public var retestPause = Duration.milliseconds(200)

    /// The reference's times.
    public static let standard = PeerTestingTimes()
    /// Tests nobody.
    public static let off: PeerTestingTimes = {
        var times = PeerTestingTimes()
        times.isOn = false
        return times
    }()

    /// The reference's times, all of them shortened alike.
    /// - Parameter timeScale: how many times faster than in the reference; above 0.
    public init(timeScale: Double = 1) {
        precondition(timeScale > 0, "a time scale of \(timeScale) leaves no time")
        guard timeScale != 1 else { return }
        mean /= timeScale
        deviation /= timeScale
        retestStep /= timeScale
        longestRetest /= timeScale
        retestPause /= timeScale
    }
}
