import NodeRuntime

/// What a ledger may ask of the world.
public struct LedgerEnvironment: Sendable {
    public var clock: any NodeClock
    /// With an HTTP and a message-queue listener.
    public var transport: any Transport
    public var randomness: any Randomness
    public var events: any EventLog

    public init(clock: any NodeClock, transport: any Transport, randomness: any Randomness, events: any EventLog) {
        self.clock = clock
        self.transport = transport
        self.randomness = randomness
        self.events = events
    }
}
