import SessionProtocol

/// Where a participant reports what happened to it: facts only go up, and everything that judges or shows a run reads them here.
public protocol EventLog: Sendable {
    /// Appends one fact. Never blocks on a slow reader and never fails the caller.
    func record(_ event: Event)
}

/// One fact about a run.
public struct Event: Sendable, Equatable {
    /// Who reports it: a node's name, `ledger`, `client:…` or `testnet`.
    public var source: String
    public var kind: EventKind
    /// What the kind documents.
    public var fields: [String: JSON]

    public init(_ kind: EventKind, from source: String, _ fields: [String: JSON] = [:]) {
        self.source = source
        self.kind = kind
        self.fields = fields
    }
}

/// An ``Event`` as it stands in `events.jsonl`.
public struct RecordedEvent: Sendable, Equatable {
    /// Milliseconds since the epoch.
    public var time: Int64
    public var event: Event

    public init(time: Int64, event: Event) {
        self.time = time
        self.event = event
    }

    /// One line of the log: the fields beside `time`, `source` and `event`.
    public var json: JSON {
        var fields = event.fields
        fields["time"] = .integer(time)
        fields["source"] = .string(event.source)
        fields["event"] = .string(event.kind.rawValue)
        return .object(fields)
    }

    /// - Returns: `nil` for a line that is no event, or of a kind this version does not know.
    public init?(json: JSON) {
        guard var fields = json.asObject, let time = fields.removeValue(forKey: "time")?.asInteger,
            let source = fields.removeValue(forKey: "source")?.asString,
            let kind = fields.removeValue(forKey: "event")?.asString.flatMap(EventKind.init(rawValue:))
        else { return nil }
        self.init(time: time, event: Event(kind, from: source, fields))
    }
}
