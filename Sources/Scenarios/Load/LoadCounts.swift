import SessionProtocol

/// What clients did under a load. Of everything that was due, each was either done or came too late: `polls + latePolls` and
/// `sends + lateSends` depend on the load alone.
public struct LoadCounts: Sendable, Equatable {
    /// How often a mailbox was read, or should have been.
    public var polls = 0
    /// Of these, those that read nothing because of an error.
    public var failedPolls = 0
    /// Polls that were left out because the client was still busy with something before.
    public var latePolls = 0
    /// Messages that were written.
    public var sends = 0
    /// Of these, those that no swarm acknowledged.
    public var failedSends = 0
    /// Messages that were left out because the client was still busy with something before.
    public var lateSends = 0
    /// Messages that were read.
    public var received = 0

    /// None of anything.
    public init() {}

    mutating func add(_ other: LoadCounts) {
        polls += other.polls
        failedPolls += other.failedPolls
        latePolls += other.latePolls
        sends += other.sends
        failedSends += other.failedSends
        lateSends += other.lateSends
        received += other.received
    }

    /// One object with a number for every count, under its name.
    public var json: JSON {
        [
            "polls": .int(polls), "failedPolls": .int(failedPolls), "latePolls": .int(latePolls),
            "sends": .int(sends), "failedSends": .int(failedSends), "lateSends": .int(lateSends),
            "received": .int(received),
        ]
    }
}
