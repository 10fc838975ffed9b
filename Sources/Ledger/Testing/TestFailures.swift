/// What a node was found wanting in, as the bits of a vote (ledger §2.7).
///
/// This ledger measures ``uptime``, ``storage`` and ``lokinet``. It has no checkpoints, no pulse, no time requests and
/// no second layer, so those tests are always passed; their bits can still be named in an operator's forced change.
public struct TestFailures: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The last uptime proof is too old.
    public static let uptime = TestFailures(rawValue: 0x01)
    /// Checkpoint votes are missing.
    public static let checkpoints = TestFailures(rawValue: 0x02)
    /// Took no part in making blocks.
    public static let pulse = TestFailures(rawValue: 0x04)
    /// The storage server cannot be reached.
    public static let storage = TestFailures(rawValue: 0x08)
    /// Does not answer when asked for the time.
    public static let timecheck = TestFailures(rawValue: 0x10)
    /// The clock is wrong.
    public static let timesync = TestFailures(rawValue: 0x20)
    /// The router cannot be reached.
    public static let lokinet = TestFailures(rawValue: 0x40)
    /// Lags behind the second layer.
    public static let secondLayer = TestFailures(rawValue: 0x80)

    private static let codes: [(failure: TestFailures, code: String)] = [
        (.uptime, "uptime"), (.checkpoints, "checkpoints"), (.pulse, "pulse"), (.storage, "storage"),
        (.timecheck, "timecheck"), (.timesync, "timesync"), (.lokinet, "lokinet"), (.secondLayer, "l2"),
    ]

    /// The short codes an RPC reply lists, lowest bit first; bits without a meaning have none.
    public var codes: [String] { Self.codes.filter { contains($0.failure) }.map(\.code) }

    /// - Parameter code: a short code such as `storage`; `nil` for a word that is none.
    public init?(code: String) {
        guard let known = Self.codes.first(where: { $0.code == code }) else { return nil }
        self = known.failure
    }
}
