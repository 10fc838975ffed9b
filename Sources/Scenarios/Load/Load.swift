import Orchestrator

/// How busy the clients of a network are.
public struct Load: Sendable, Equatable {
    /// From one poll of a client to its next.
    public let pollInterval: Duration
    /// From one message a client sends to its next.
    public let messageInterval: Duration
    /// Of each message.
    public let messageBytes: Int

    /// People who talk now: each client polls every minute and writes every ten.
    public static let small = Load(pollInterval: .seconds(60), messageInterval: .seconds(600), messageBytes: 500)
    /// Many people who mostly listen: each client polls every ten minutes and writes once an hour.
    public static let large = Load(pollInterval: .seconds(600), messageInterval: .seconds(3_600), messageBytes: 500)

    private init(pollInterval: Duration, messageInterval: Duration, messageBytes: Int) {
        self.pollInterval = pollInterval
        self.messageInterval = messageInterval
        self.messageBytes = messageBytes
    }

    /// The load that a topology names.
    public init(_ name: Topology.LoadName) {
        switch name {
        case .small: self = .small
        case .large: self = .large
        }
    }
}
