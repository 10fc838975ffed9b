/// How busy the clients of a network are.
public struct Load: Sendable, Equatable {
    /// As it is asked for.
    public let name: String
    /// From one poll of a client to its next.
    public let pollInterval: Duration
    /// From one message a client sends to its next.
    public let messageInterval: Duration
    /// Of each message.
    public let messageBytes: Int

    /// People who talk now: each client polls every minute and writes every ten.
    public static let small = Load(
        name: "S", pollInterval: .seconds(60), messageInterval: .seconds(600), messageBytes: 500)
    /// Many people who mostly listen: each client polls every ten minutes and writes once an hour.
    public static let large = Load(
        name: "L", pollInterval: .seconds(600), messageInterval: .seconds(3_600), messageBytes: 500)

    public static let all = [small, large]

    /// - Returns: `nil` for a name that no load has.
    public static func named(_ name: String) -> Load? { all.first { $0.name == name.uppercased() } }
}
