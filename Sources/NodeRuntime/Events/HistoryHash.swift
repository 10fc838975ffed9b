import SessionProtocol

/// Names a whole history of recorded events: equal hashes mean that the same happened at the same times in the same order.
///
/// It leaves out what says nothing about the network: the run's name, process ids, and verdicts drawn from it. FNV-1a over
/// the lines of the log; it tells histories apart, and is no defence against anyone who wants two to look alike.
public struct HistoryHash: Sendable, Hashable, CustomStringConvertible {
    /// Of the events so far.
    public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Of no events.
    public init() {}

    /// - Parameter text: as ``description`` prints it.
    /// - Returns: `nil` unless it is 16 hex digits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16), !text.hasPrefix("+") else { return nil }
        self.value = value
    }

    /// Of these events in this order.
    public init(of events: some Sequence<RecordedEvent>) {
        for event in events { add(event) }
    }

    /// Takes the next event.
    public mutating func add(_ recorded: RecordedEvent) {
        guard let line = Self.line(of: recorded)?.utf8 else { return }
        add(line)
    }

    /// As ``add(_:)``, for an event whose line in the log is at hand.
    public mutating func add(_ recorded: RecordedEvent, writtenAs line: Bytes) {
        if Self.part(of: recorded.event.kind) == .all { add(line) } else { add(recorded) }
    }

    private mutating func add(_ line: Bytes) {
        for byte in line { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        value = (value ^ 0x0a) &* 0x0000_0100_0000_01b3
    }

    /// What of an event enters the hash; `nil` when nothing does.
    public static func line(of recorded: RecordedEvent) -> JSON? {
        switch part(of: recorded.event.kind) {
        case .all: return recorded.json
        case .allBut(let field):
            var recorded = recorded
            recorded.event.fields[field] = nil
            return recorded.json
        case .nothing: return nil
        }
    }

    /// How much of an event enters the hash.
    private enum Part: Equatable {
        case all
        case allBut(String)
        case nothing
    }

    private static func part(of kind: EventKind) -> Part {
        switch kind {
        case .runStarted: .allBut("name")
        case .nodeStarted: .allBut("pid")
        case .verdictReached: .nothing
        default: .all
        }
    }

    /// 16 lower-case hex digits.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
